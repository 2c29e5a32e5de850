import LibPQ
import Testing

/// Connection strings that are not what was meant, most of them because of a password.
@Suite struct ConnectionTextTests {
    @Test(
        "What is wrong with a connection string is said without any of its words",
        arguments: [
            "postgresql://role@[hunter2/sesame",
            "postgresql://role:hunter2@sesame@127.0.0.1:1/db",
            "postgresql://role:hunter2/sesame@127.0.0.1:1/db",
            "postgresql://role:hunter2/sesame@",
            "postgresql://role:hunter2%zz@127.0.0.1:1/sesame",
            "postgresql://role:%hunter2@127.0.0.1:1/sesame",
            "postgresql://role@127.0.0.1:1/db?hunter2=sesame",
            "postgresql://role@127.0.0.1:hunter2/db",
            "host=127.0.0.1 password=hunter2 sesame",
            "host=127.0.0.1 password='hunter2 sesame",
            "host=hunter2@sesame password=x",
        ])
    func unreadable(_ text: String) async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await Connection.open(ConnectionOptions(text))
        }
        #expect(error?.code == .unreachable)
        var said = "\(error as Any) \(String(reflecting: error))"
        dump(error, to: &said)
        for word in ["hunt", "sesame"] {
            #expect(!said.contains(word), "\(said)")
        }
        #expect(said.contains("postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE"))
    }

    @Test(
        "Whether it holds a password is told",
        arguments: [
            ("postgresql://role:word@host/db", true), ("postgresql://role@host/db", false),
            ("postgresql://role@host/db?password=word", true), ("host=h password=word", true),
            ("host=h", false), ("postgresql:///db", false), ("db", false),
            ("postgresql://role:w%40rd@one:1,two:2/db", true),
        ])
    func holdsPassword(_ text: String, _ holds: Bool) {
        #expect(ConnectionOptions(text).holdsPassword == holds)
    }
}
