extension PostgresServer {
    /// Runs `body` while all processes of the server are paused: connections live, and nothing on
    /// them is answered.
    ///
    /// - Throws: What `body` throws; ``TestServerError`` if it took longer than `time`: then the
    ///   server resumes, so that `body` ends.
    public func whileFrozen<Value>(
        within time: Duration = .seconds(60), _ body: () async throws -> Value
    ) async throws -> Value {
        let processes = try pause()
        let watch = Task {
            try await Task.sleep(for: time)
            resume(processes)
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        watch.cancel()
        let isOverdue = (try? await watch.value) != nil
        resume(processes)
        guard !isOverdue else {
            throw TestServerError("It waited for the server for more than \(time).")
        }
        return try result.get()
    }
}
