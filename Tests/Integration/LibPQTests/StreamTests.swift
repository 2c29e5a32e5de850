import LibPQ
import TestServers
import TestTags
import Testing

@Suite(.tags(.postgres)) struct StreamTests {
    @Test("A listener hears what another session says, and what was missed is coalesced")
    func notifications() async throws {
        try await withDatabase { _, options in
            let (ears, mouth) = (
                try await Connection.open(options), try await Connection.open(options)
            )
            let stream = try await ears.listen(to: "log \"of\" bank-a")
            var heard = stream.makeAsyncIterator()
            let notify = Statement("notify", "SELECT pg_notify($1, $2)")
            _ = try await mouth.query(notify, Parameters("log \"of\" bank-a", "1"))
            #expect(await heard.next() == "1")
            _ = try await mouth.query(notify, Parameters("another", "x"))
            for number in 2...5000 {
                _ = try await mouth.query(notify, Parameters("log \"of\" bank-a", "\(number)"))
            }
            // However many were dropped in between: the newest is never lost.
            var last = ""
            while last != "5000", let next = await heard.next() { last = next }
            #expect(last == "5000")
            await mouth.close()
            await ears.close()
            #expect(await heard.next() == nil)
        }
    }

    @Test("A stream of notifications ends when the connection breaks")
    func brokenListener() async throws {
        try await withDatabase { server, options in
            let connection = try await Connection.open(options)
            var heard = try await connection.listen(to: "news").makeAsyncIterator()
            try await server.run(
                sql: """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE application_name = 'giro'
                    """)
            #expect(await heard.next() == nil)
        }
    }

    @Test("A COPY of 100,000 rows comes whole and in order")
    func copying() async throws {
        try await withConnection { connection in
            let count = try await connection.copyOut(
                "COPY (SELECT n, repeat('x', 40) FROM generate_series(1, 100000) n) TO STDOUT",
                bytesMax: 64 * 1024
            ) { rows in
                var count = 0
                for try await row in rows {
                    count += 1
                    guard row.starts(with: "\(count)\tx".utf8) else { break }
                }
                return count
            }
            #expect(count == 100_000)
            _ = try await connection.query(Statement("after", "SELECT 1"))
        }
    }

    @Test("The server waits for a slow reader")
    func backPressure() async throws {
        try await withDatabase { server, options in
            let connection = try await Connection.open(options)
            try await connection.copyOut(
                "COPY (SELECT repeat('x', 10000) FROM generate_series(1, 20000)) TO STDOUT",
                bytesMax: 100_000
            ) { rows in
                let rows = rows.makeAsyncIterator()
                _ = try await rows.next()
                // 200 MB do not fit between: the server is held up at sending.
                let waits = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE application_name = 'giro' AND wait_event = 'ClientWrite'
                    """
                let deadline = ContinuousClock.now + .seconds(20)
                while try await server.run(sql: waits) != "1", .now < deadline {}
                #expect(try await server.run(sql: waits) == "1")
                var count = 1
                while try await rows.next() != nil { count += 1 }
                #expect(count == 20_000)
            }
            await connection.close()
        }
    }

    @Test("Leaving a COPY early stops it; the connection stays usable")
    func leavingEarly() async throws {
        try await withConnection { connection in
            let endless = "COPY (SELECT generate_series(1, 1000000000)) TO STDOUT"
            let first = try await connection.copyOut(endless) { rows in
                let rows = rows.makeAsyncIterator()
                return try await rows.next()
            }
            #expect(first == Array("1\n".utf8))
            let rows = try await connection.query(Statement("after", "SELECT 7::int8"))
            #expect(try rows[0].value(0) == 7 as Int64)
            let reading = Task {
                try await connection.copyOut(endless) { rows in
                    for try await _ in rows {}
                }
            }
            reading.cancel()
            #expect(await code { try await reading.value } == .cancelled)
            _ = try await connection.query(Statement("after", "SELECT 7::int8"))
        }
    }

    @Test("An error in a COPY comes after the rows before it")
    func copyError() async throws {
        try await withConnection { connection in
            #expect(
                await code {
                    try await connection.copyOut(
                        "COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) n) TO STDOUT"
                    ) { rows in
                        for try await _ in rows {}
                    }
                } == .server("22012"))
            #expect(
                await code {
                    try await connection.copyOut("SELEKT") { rows in
                        for try await _ in rows {}
                    }
                } == .server("42601"))
            _ = try await connection.query(Statement("after", "SELECT 1"))
        }
    }

    @Test("Binary COPY gives the server's binary format")
    func binaryCopy() async throws {
        try await withConnection { connection in
            try await connection.copyOut(
                "COPY (SELECT 258::int8) TO STDOUT (FORMAT binary)"
            ) { rows in
                let rows = rows.makeAsyncIterator()
                let first = try await rows.next() ?? []
                #expect(first.starts(with: Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0]))
                #expect(first.suffix(8) == [0, 0, 0, 0, 0, 0, 1, 2])
            }
        }
    }
}
