import LibPQ
import TestServers
import TestTags
import Testing

/// Connection strings that are not what was meant, most of them because of a password.
@Suite(.tags(.postgres)) struct ConnectionTextTests {
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
        "A password in the text is detected",
        arguments: [
            ("postgresql://role:word@host/db", true), ("postgresql://role@host/db", false),
            ("postgresql://role@host/db?password=word", true), ("host=h password=word", true),
            ("host=h", false), ("postgresql:///db", false), ("db", false),
            ("postgresql://role:w%40rd@one:1,two:2/db", true),
        ])
    func holdsPassword(_ text: String, _ holds: Bool) {
        #expect(ConnectionOptions(text).holdsPassword == holds)
    }

    @Test(
        "Role and database are what libpq takes them for",
        arguments: [
            ("postgresql://role@host/db", "role", "db"),
            ("postgresql://one:1,two:2/db?user=role&target_session_attrs=read-write", "role", "db"),
            ("postgresql:///?host=/tmp&port=7&user=role&dbname=d%2Fb", "role", "d/b"),
            ("postgresql://r%40le@[::1]:5432/d%20b", "r@le", "d b"),
            ("host=one,two dbname='a db' user=role", "role", "a db"),
            ("postgresql://host", nil, nil),
        ] as [(String, String?, String?)])
    func parts(_ text: String, _ role: String?, _ database: String?) {
        #expect(ConnectionOptions(text).role == role)
        #expect(ConnectionOptions(text).databaseName == database)
    }

    @Test("Another database than the string's can be asked for, whatever its form")
    func otherDatabase() async throws {
        let server = try await PostgresServer.shared.value
        for text in [
            server.connectionString(database: "nowhere"),
            "postgresql://postgres@127.0.0.1:1,127.0.0.1:\(server.port)/nowhere"
                + "?password=correct%20horse",
        ] {
            var options = ConnectionOptions(text)
            options.database = "postgres"
            let connection = try await Connection.open(options)
            let name: String = try await connection.query(
                Statement("name", "SELECT current_database()::text"))[0].value(0)
            #expect(name == "postgres")
            await connection.close()
        }
    }
}
