/// Waits for a value, for callers who cannot wait long.
///
/// - Parameter start: Starts what yields the value, or finishes without one; must not block.
/// - Returns: `nil` when `time` was over before, or where there is no value.
func firstValue<Value: Sendable>(
    within time: Duration, _ start: (AsyncStream<Value>.Continuation) -> Void
) async -> Value? {
    let (values, continuation) = AsyncStream.makeStream(of: Value.self)
    start(continuation)
    let timer = Task {
        try await Task.sleep(for: time)
        continuation.finish()
    }
    defer { timer.cancel() }
    return await values.first { _ in true }
}
