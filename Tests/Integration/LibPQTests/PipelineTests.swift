import LibPQ
import Synchronization
import TestTags
import Testing

@Suite(.tags(.postgres)) struct PipelineTests {
    private let insertion = Statement("insert", "INSERT INTO item VALUES ($1)")

    @Test("Statements handed over without waiting take effect in order")
    func order() async throws {
        try await withConnection { connection in
            try await connection.execute(
                script: "CREATE TABLE item (number int8, place bigserial)")
            let answers = Mutex<[Int64]>([])
            for number in 0..<500 as Range<Int64> {
                connection.start(
                    Statement("insert", "INSERT INTO item VALUES ($1) RETURNING number"),
                    Parameters(number)
                ) { result in
                    guard let value = try? result.get()[0].value(0, as: Int64.self) else { return }
                    answers.withLock { $0.append(value) }
                }
            }
            let rows = try await connection.query(
                Statement("all", "SELECT array_agg(number ORDER BY place) FROM item"))
            let stored: PostgresArray<Int64> = try rows[0].value(0)
            #expect(stored.elements == Array(0..<500))
            #expect(answers.withLock { $0 } == Array(0..<500))
        }
    }

    @Test("An error in the middle hits its own statement and no other")
    func errorInTheMiddle() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE item (number int8 PRIMARY KEY)")
            async let first = connection.query(insertion, Parameters(1 as Int64))
            _ = try await first
            async let refused = code { [insertion] in
                _ = try await connection.query(insertion, Parameters(1 as Int64))
            }
            async let malformed = code {
                _ = try await connection.query(Statement("malformed", "SELEKT"))
            }
            async let last = connection.query(insertion, Parameters(2 as Int64))
            #expect(await refused == .server(.uniqueViolation))
            #expect(await malformed == .server("42601"))
            #expect(try await last.affectedCount == 1)
            let question = Statement("count", "SELECT count(*) FROM item")
            let count: Int64 = try await connection.query(question)[0].value(0)
            #expect(count == 2)
        }
    }

    @Test("A statement whose preparing failed can be prepared later")
    func preparingAgain() async throws {
        try await withConnection { connection in
            let insertion = insertion
            #expect(
                await code { _ = try await connection.query(insertion, Parameters(1 as Int64)) }
                    == .server(.undefinedTable))
            try await connection.execute(script: "CREATE TABLE item (number int8)")
            let rows = try await connection.query(insertion, Parameters(1 as Int64))
            #expect(rows.affectedCount == 1)
        }
    }

    @Test("What only COMMIT refuses is an error of its statement")
    func deferredConstraint() async throws {
        try await withConnection { connection in
            try await connection.execute(
                script: "CREATE TABLE item (number int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            let insertion = insertion
            _ = try await connection.query(insertion, Parameters(1 as Int64))
            #expect(
                await code { _ = try await connection.query(insertion, Parameters(1 as Int64)) }
                    == .server(.uniqueViolation))
        }
    }

    @Test("A script is one transaction, and goes in line with statements")
    func scripts() async throws {
        try await withConnection { connection in
            #expect(
                await code {
                    try await connection.execute(
                        script: "CREATE TABLE item (number int8); SELECT 1 / 0")
                } == .server("22012"))
            try await connection.execute(script: "CREATE TABLE item (number int8); SELECT 1")
            _ = try await connection.query(insertion, Parameters(1 as Int64))
            try await connection.execute(script: "DROP TABLE item")
        }
    }

    @Test("The queue is bounded")
    func bound() async throws {
        try await withConnection({ $0.requestsMax = 2 }) { connection in
            let sleep = Statement("sleep", "SELECT pg_sleep(0.3)")
            let refused = await withTaskGroup(of: PostgresError.Code?.self) { group in
                for _ in 0..<3 {
                    group.addTask { await code { _ = try await connection.query(sleep) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refused.count { $0 == .overloaded } == 1)
            #expect(refused.count { $0 == nil } == 2)
        }
    }

    @Test("A prepared statement is prepared once per connection")
    func preparedOnce() async throws {
        try await withConnection { connection in
            let question = Statement(
                "prepared",
                "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '%/prepared'")
            for _ in 0..<3 {
                let count: Int64 = try await connection.query(question)[0].value(0)
                #expect(count == 1)
            }
        }
    }

    @Test("Closing waits for queries in flight; later calls fail as closed")
    func closing() async throws {
        try await withConnection { connection in
            async let slow = connection.query(Statement("slow", "SELECT pg_sleep(0.2), 7::int8"))
            _ = try await connection.query(Statement("one", "SELECT 1"))
            await connection.close()
            #expect(try await slow[0].value(1) == 7 as Int64)
            #expect(!connection.isUsable)
            let question = Statement("one", "SELECT 1")
            #expect(await code { _ = try await connection.query(question) } == .closed)
            #expect(await code { try await connection.execute(script: "SELECT 1") } == .closed)
            await connection.close()
        }
    }
}
