/// Looks again and again until there is a value.
///
/// - Parameter what: What is waited for, for people.
/// - Throws: ``Overdue`` when `time` is over; what `look` throws, at once.
@discardableResult func eventually<Value>(
    _ what: String, within time: Duration = .seconds(30), _ look: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + time
    while true {
        if let value = try await look() { return value }
        guard .now < deadline else { throw Overdue(description: "\(what): not within \(time)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A value that did not come in time.
struct Overdue: Error, CustomStringConvertible {
    let description: String
}
