import LibPQ
import TestTags
import Testing

/// Values go to a real server and come back as they were.
@Suite(.tags(.postgres)) struct ValueTests {
    private func echo<Value: PostgresValue>(_ values: [Value?], type: String) async throws
        -> [Value?]
    {
        var answers: [Value?] = []
        try await withConnection { connection in
            let statement = Statement("echo", "SELECT $1::\(type)")
            for value in values {
                let rows = try await connection.query(statement, Parameters(value))
                answers.append(try rows[0].optional(0, as: Value.self))
            }
        }
        return answers
    }

    @Test("int8") func integers() async throws {
        let values: [Int64?] = [0, 1, -1, .max, .min, nil]
        #expect(try await echo(values, type: "int8") == values)
    }

    @Test("bytea") func bytes() async throws {
        let values: [[UInt8]?] = [
            [], [0], Array(0...255), [UInt8](repeating: 0xA5, count: 3_000_000), nil,
        ]
        #expect(try await echo(values, type: "bytea") == values)
    }

    @Test("text") func texts() async throws {
        let values: [String?] = ["", "a", "'; DROP TABLE x; --\\", "żółć €𝄞", nil]
        #expect(try await echo(values, type: "text") == values)
    }

    @Test("bool") func booleans() async throws {
        let values: [Bool?] = [true, false, nil]
        #expect(try await echo(values, type: "bool") == values)
    }

    @Test("uuid") func identifiers() async throws {
        let values: [PostgresUUID?] = [
            PostgresUUID(high: 0, low: 0), PostgresUUID(high: .max, low: .max),
            PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210), nil,
        ]
        #expect(try await echo(values, type: "uuid") == values)
    }

    @Test("timestamptz") func moments() async throws {
        let values: [PostgresTimestamp?] = [
            PostgresTimestamp(microseconds: 0), PostgresTimestamp(microseconds: 846_000_123_456),
            PostgresTimestamp(microseconds: .max), PostgresTimestamp(microseconds: .min), nil,
        ]
        #expect(try await echo(values, type: "timestamptz") == values)
    }

    @Test("Arrays, with nulls, of every element") func arrays() async throws {
        let numbers: [PostgresArray<Int64>?] = [
            PostgresArray([]), PostgresArray([nil]), PostgresArray([.min, nil, .max]), nil,
        ]
        #expect(try await echo(numbers, type: "int8[]") == numbers)
        let blocks: [PostgresArray<[UInt8]>?] = [
            PostgresArray([]), PostgresArray([[], nil, [0, 255]]),
            PostgresArray((0..<5000).map { [UInt8](repeating: UInt8($0 % 256), count: $0 % 50) }),
        ]
        #expect(try await echo(blocks, type: "bytea[]") == blocks)
        let uuids: [PostgresArray<PostgresUUID>?] = [
            PostgresArray([PostgresUUID(high: 1, low: 2), nil, PostgresUUID(high: 0, low: .max)]),
        ]
        #expect(try await echo(uuids, type: "uuid[]") == uuids)
        let texts: [PostgresArray<String>?] = [PostgresArray(["", nil, "{a,\"b\"}"])]
        #expect(try await echo(texts, type: "text[]") == texts)
    }

    @Test("The server reads what was meant") func meaning() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                Statement(
                    "meaning",
                    """
                    SELECT $1::int8::text, encode($2::bytea, 'hex'), $3::uuid::text,
                        ($4::int8[])::text, ($5::bytea[])::text, 7::int2, -8::int4
                    """),
                Parameters(
                    -42 as Int64, [0, 171] as [UInt8], PostgresUUID(high: 1, low: 2),
                    PostgresArray<Int64>([1, nil, -3]), PostgresArray<[UInt8]>([[1], nil])))
            let row = try #require(rows.first)
            #expect(try row.value(0) == "-42")
            #expect(try row.value(1) == "00ab")
            #expect(try row.value(2) == "00000000-0000-0001-0000-000000000002")
            #expect(try row.value(3) == "{1,NULL,-3}")
            #expect(try row.value(4) == "{\"\\\\x01\",NULL}")
            #expect(try row.value(5) == 7 as Int64)
            #expect(try row.value(6) == -8 as Int64)
        }
    }

    @Test("Another type, a null and a missing column are malformed, not trapped")
    func malformed() async throws {
        try await withConnection { connection in
            let row = try #require(
                try await connection.query(
                    Statement("values", "SELECT 'a'::text, NULL::int8, 1.5::numeric")
                ).first)
            #expect(await code { _ = try row.value(0, as: Int64.self) } == .malformedValue)
            #expect(await code { _ = try row.value(1, as: Int64.self) } == .malformedValue)
            #expect(await code { _ = try row.value(2, as: Int64.self) } == .malformedValue)
            #expect(await code { _ = try row.value(3, as: Int64.self) } == .malformedValue)
            #expect(try row.optional(1, as: Int64.self) == nil)
        }
    }
}
