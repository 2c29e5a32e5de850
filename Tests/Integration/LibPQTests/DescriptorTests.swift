import Foundation
import LibPQ
import TestServers
import TestTags
import Testing

@Suite(.serialized, .tags(.postgres))
struct DescriptorTests {
    @Test("However few descriptors are left, a connection fails and nothing else")
    func noneLeft() async throws {
        try await withDatabase { _, options in
            // Made before, so that what the library opens only once is open.
            await (try Connection.open(options)).close()
            var failures = 0
            var error: PostgresError?
            repeat {
                error = try await leaving(failures) {
                    do throws(PostgresError) {
                        await (try Connection.open(options)).close()
                        return nil
                    } catch {
                        return error
                    }
                }
                if let error { #expect(error.code == .unreachable, "\(failures) left: \(error)") }
                failures += 1
            } while error != nil && failures < 20
            // Two for the pipe, one for the socket, at least.
            #expect((4..<20).contains(failures))
        }
    }

    @Test("A connection without descriptors has ended: it is not usable, and closing it is well")
    func ended() async throws {
        try await withDatabase { _, options in
            let connection = try await leaving(0) {
                let connection = Connection(options)
                #expect(!connection.isUsable)
                return connection
            }
            let error = await #expect(throws: PostgresError.self) {
                _ = try await connection.query(Statement("one", "SELECT 1"))
            }
            #expect(error?.code == .unreachable && error?.isRetryable == true)
            #expect(error?.message.contains("No file descriptors are left") == true)
            await connection.close()
            await connection.abort()
        }
    }

    /// Runs `body` while the process may open only `count` more files.
    private func leaving<Value>(
        _ count: Int, _ body: () async throws -> Value
    ) async throws -> Value {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var former = rlimit()
        try #require(getrlimit(resource, &former) == 0)
        var ballast: [Int32] = []
        defer {
            setrlimit(resource, &former)
            for descriptor in ballast { close(descriptor) }
        }
        // Lowered, so that few files are enough to reach the limit.
        var low = former
        low.rlim_cur = min(former.rlim_cur, 512)
        try #require(setrlimit(resource, &low) == 0)
        while true {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { break }
            ballast.append(descriptor)
        }
        try #require(errno == EMFILE && ballast.count >= count)
        for descriptor in ballast.suffix(count) { close(descriptor) }
        ballast.removeLast(count)
        return try await body()
    }
}
