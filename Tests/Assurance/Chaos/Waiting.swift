/// Waits for what `work` returns, but no longer than `patience`; `work` continues all the same.
func within<Value: Sendable>(
    _ patience: Duration, _ work: @escaping @Sendable () async -> Value
) async -> Value? {
    let (results, continuation) = AsyncStream.makeStream(of: Value.self)
    Task {
        continuation.yield(await work())
        continuation.finish()
    }
    let timer = Task {
        try await Task.sleep(for: patience)
        continuation.finish()
    }
    defer { timer.cancel() }
    return await results.first { _ in true }
}

/// The run cannot continue, or something did not happen in time.
struct ChaosError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
