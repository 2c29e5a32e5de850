/// Looks until there is a value.
///
/// - Parameters:
///   - what: What is waited for, for people.
///   - time: After it the test fails.
///   - pause: Between two looks; longer where a look is work for others.
/// - Throws: ``Overdue`` when `time` is over; what `look` throws, at once.
@discardableResult public func eventually<Value>(
    _ what: @autoclosure () -> String = "what the test waits for",
    within time: Duration = .seconds(30), every pause: Duration = .milliseconds(5),
    _ look: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + time
    while true {
        if let value = try await look() { return value }
        guard .now < deadline else { throw Overdue("\(what()): not within \(time)") }
        try await Task.sleep(for: pause)
    }
}

/// A value that did not come in time.
public struct Overdue: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
