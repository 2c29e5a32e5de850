import ChildProcess
import Foundation
import TestServers
import TestTags
import Testing

/// What the troubleshooting table of the manual has a row for, by words that only that row has.
enum Trouble: String, CaseIterable {
    case wrongPassword = "PostgreSQL authentication failed"
    case noDatabase = "There is no such database"
    case noTables = "holds no event log"
    case fsyncOff = "fsync is off"
    case noPostgres = "PostgreSQL cannot be reached"
    case lostPostgres = "PostgreSQL broke"
    case locked = "Lock timeout"
    case diskFull = "disk is full"
    case noBroker = "metadata request for"
    case noTopic = "there is no topic"
    case partitions = "partitions, and order needs"
    case oneFolder = "is running already in this folder"
    case twoFolders = "Another process has the log"

    var message: ShownMessage {
        get throws {
            let rows = try Manual.rows(under: Self.heading).filter { $0[0].contains(rawValue) }
            try #require(rows.count == 1, "the manual's rows about \(self): \(rows)")
            return ShownMessage(rows[0][0])
        }
    }

    static let heading = "When something is wrong"
}

/// Each trouble of that table, made with real servers: its message, its exit code or pause, and
/// that nothing is lost by it.
@Suite(.serialized, .tags(.postgres, .kafka, .process, .slow))
struct TroubleTests {
    @Test("Every row of the table is shown by a test here")
    func everyRow() throws {
        let rows = try Manual.rows(under: Trouble.heading)
        for row in rows {
            let shown = Trouble.allCases.filter { row[0].contains($0.rawValue) }
            #expect(shown.count == 1, "\(row[0]) is shown by \(shown)")
        }
        #expect(rows.count == Trouble.allCases.count)
    }

    @Test("A missing database, missing tables and a wrong password are reported at the start")
    func atTheStart() async throws {
        try await withTroubledBanks { served in
            try await served.makeTopics()
            // A role that logs in, and no database.
            let role = try #require(served.databases["bank-a"])
            try await served.postgres.run(
                sql: "CREATE ROLE \(role) LOGIN PASSWORD 'a node''s word'")
            try await served.expectRefusal(of: "bank-a", .noDatabase)
            try await served.makeDatabase(of: "bank-a")
            try await served.expectRefusal(of: "bank-a", .noTables)
            try await served.makeLog(of: "bank-a")
            try served.writeSettings(of: "bank-a", password: "wrong")
            try await served.expectRefusal(of: "bank-a", .wrongPassword)
            try served.writeSettings(of: "bank-a", password: "")
            let none = try await served.banks.node("bank-a").ending()
            #expect(none.code == 2, "\(none.errors)")
            #expect(none.errors.contains("PostgreSQL authentication failed"), "\(none.errors)")
            #expect(none.errors.contains("No password was given"), "\(none.errors)")
            #expect(!none.errors.contains("trying again"), "\(none.errors)")
            try served.writeSettings(of: "bank-a")
            try await served.makeDatabase(of: "bank-b")
            try await served.makeLog(of: "bank-b")
            try await served.openAccounts()
            try await served.expectSound()
        }
    }

    @Test("A PostgreSQL that would lose commits is refused, at the start and by doctor")
    func fsyncOff() async throws {
        try await withBanksOnOwnPostgres { served in
            try await served.makeTopics()
            try await served.makeLogs()
            try await set(served, fsync: "off")
            try await served.expectRefusal(of: "bank-a", .fsyncOff)
            let doctor = try await served.banks.run("doctor")
            #expect(doctor.code == 1)
            #expect(try Trouble.fsyncOff.message.isSaid(in: doctor.output), "\(doctor.output)")
            try await set(served, fsync: "on")
            try await served.openAccounts()
            try await served.expectSound()
            #expect(try await served.banks.run("doctor").code == 0)
        }
    }

    private func set(_ served: TroubledBanks, fsync: String) async throws {
        try await served.postgres.run(sql: "ALTER SYSTEM SET fsync = \(fsync)")
        try await served.postgres.run(sql: "SELECT pg_reload_conf()")
        // The postmaster hands the setting on to the sessions that begin after it has seen it.
        try await served.wait("fsync is not \(fsync)") {
            try await served.postgres.run(sql: "SHOW fsync") == fsync
        }
    }

    @Test("PostgreSQL not there at the start, and lost while payments run")
    func postgresLost() async throws {
        try await withBanksOnOwnPostgres { served in
            try await served.makeTopics()
            try await served.makeLogs()
            try await served.postgres.stop()
            try await served.expectRefusal(of: "bank-a", .noPostgres)
            try await served.postgres.launch()
            try await served.openAccounts()
            try await served.pay(10)
            let id = UUID()
            try await served.postgres.stop(.immediate)
            let interrupted = try served.beginPayment(of: 100, id: id)
            try await served.wait(until: "bank-a", says: .noPostgres)
            try await served.wait("bank-a says it is ready") {
                await served.readiness(of: "bank-a") == 503
            }
            try await served.postgres.launch()
            _ = try await interrupted.ending()
            for name in TroubledBanks.names { try await served.waitUntilReady(name) }
            try await served.completePayment(of: 100, id: id)
            try await served.expectSound()
        }
    }

    @Test("A connection that breaks before the answer comes leaves nothing open")
    func connectionLost() async throws {
        try await withTroubledBanks { served in
            let proxy = try TCPProxy(to: UInt16(served.postgres.port))
            defer { proxy.close() }
            try await served.makeTopics()
            try await served.makeLogs()
            try served.writeSettings(of: "bank-a", port: Int(proxy.port))
            try await served.openAccounts()
            try await served.pay(10)
            proxy.set(toClient: .cut)
            let id = UUID()
            let interrupted = try served.beginPayment(of: 100, id: id, wait: 1)
            try await served.wait(until: "bank-a", says: .lostPostgres)
            _ = try await interrupted.ending()
            proxy.set()
            try await served.completePayment(of: 100, id: id)
            try await served.expectSound()
            // A paused bank still ends when it gets SIGTERM: the end of this test.
            proxy.set(toClient: .cut)
            try await served.wait("bank-a does not pause") {
                await served.readiness(of: "bank-a") == 503
            }
        }
    }

    @Test("A lock that another session holds on the log pauses a bank until it is released")
    func locked() async throws {
        try await withTroubledBanks { served in
            try await served.makeTopics()
            try await served.makeLogs()
            try await served.openAccounts()
            try await served.pay(10)
            let database = try #require(served.databases["bank-a"])
            let lock = "BEGIN; LOCK TABLE giro.head; SELECT pg_sleep(600); COMMIT"
            let locker = Task { [postgres = served.postgres] in
                _ = try? await postgres.run(sql: lock, database: database)
            }
            let id = UUID()
            let interrupted = try served.beginPayment(of: 100, id: id, wait: 1)
            try await served.wait(until: "bank-a", says: .locked)
            #expect(await served.readiness(of: "bank-a") == 503)
            try await served.postgres.run(
                sql: """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE query LIKE '%pg_sleep(6%' AND wait_event = 'PgSleep'
                        AND datname = '\(database)'
                    """)
            await locker.value
            _ = try await interrupted.ending()
            try await served.completePayment(of: 100, id: id)
            try await served.expectSound()
        }
    }

    @Test("A missing broker pauses a bank, which continues when the broker is there")
    func brokerMissing() async throws {
        try await withTroubledBanks { served in
            try await served.makeTopics()
            try await served.makeLogs()
            await served.broker.kill()
            try served.banks.start("bank-a")
            try await served.wait(until: "bank-a", says: .noBroker)
            #expect(await served.readiness(of: "bank-a") == 503)
            try await served.broker.start()
            // What it kept of the topics when it was killed is its own affair.
            try await served.makeTopics()
            try await served.openAccounts()
            try await served.expectSound()
        }
    }

    @Test("A missing topic pauses a bank until giro topics apply")
    func topicMissing() async throws {
        try await withTroubledBanks { served in
            try await served.makeLogs()
            try served.banks.start("bank-a")
            try await served.wait(until: "bank-a", says: .noTopic)
            #expect(await served.readiness(of: "bank-a") == 503)
            let missing = try await served.banks.run("topics", "diff")
            #expect(missing.code == 1)
            for topic in ["journal.bank-a", "transfers.bank-b.bank-a", "transfers.bank-a.bank-b"] {
                #expect(missing.output.contains("\(topic) is missing"), "\(missing.output)")
            }
            try await served.makeTopics()
            try await served.openAccounts()
            try await served.expectSound()
        }
    }

    @Test("A topic with four partitions pauses a bank until it is recreated")
    func fourPartitions() async throws {
        try await withTroubledBanks { served in
            try await served.makeLogs()
            // The first one pauses the bank, the other what its peer says.
            let topics = ["journal.bank-a", "transfers.bank-b.bank-a"]
            let new = topics.map { "NewTopic('\($0)', 4)" }.joined(separator: ", ")
            try await served.broker.administer(
                "create_topics([\(new)])", in: served.banks.directory)
            try await served.makeOtherTopics()
            try served.banks.start("bank-a")
            try await served.wait(until: "bank-a", says: .partitions)
            let different = try await served.banks.run("topics", "diff")
            #expect(different.code == 1)
            for topic in topics {
                #expect(
                    different.output.contains("\(topic) has 4 partitions instead of 1: delete"),
                    "\(different.output)")
            }
            let old = topics.map { "'\($0)'" }.joined(separator: ", ")
            try await served.broker.administer(
                "delete_topics([\(old)])", in: served.banks.directory)
            try await served.makeTopics()
            try await served.openAccounts()
            try await served.expectSound()
        }
    }

    @Test(
        "A full disk pauses a bank, which continues when there is room",
        .enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func diskFull() async throws {
        try await withSmallDisk { disk in
            try await withBanksOnOwnPostgres(
                settings: ["max_wal_size": "'64MB'", "min_wal_size": "'32MB'"], in: disk
            ) { served in
                try await served.makeTopics()
                try await served.makeLogs()
                try await served.openAccounts()
                try await served.pay(10)
                let ballast = disk + "/ballast"
                try await fill(ballast, leaving: 0)
                let message = try Trouble.diskFull.message
                let nodes = try TroubledBanks.names.map(served.banks.running)
                var sent: [UUID] = []
                let logs = { nodes.map { $0.errorsSoFar }.joined() }
                try await served.wait("the disk does not fill: \(logs().prefix(4000))") {
                    sent.append(UUID())
                    let payment = try served.beginPayment(of: 1, id: sent[sent.count - 1], wait: 1)
                    _ = try await payment.ending()
                    return message.isSaid(in: logs())
                }
                try FileManager.default.removeItem(atPath: ballast)
                for id in sent { try await served.completePayment(of: 1, id: id) }
                try await served.expectSound()
            }
        }
    }

    @Test("A second process of a bank is refused with what to do, in its folder or elsewhere")
    func twoNodes() async throws {
        try await withTroubledBanks { served in
            try await served.makeTopics()
            try await served.makeLogs()
            try await served.openAccounts()
            try await served.expectRefusal(of: "bank-a", .oneFolder, code: 75)
            let other = served.folder("bank-a") + "/other"
            try await served.expectRefusal(
                of: "bank-a", .twoFolders, code: 75, "--socket", other + ".sock",
                environment: ["GIRO_STATEMENTS": other + ".sqlite"])
            let takingOver = try await served.banks.node("bank-a", ["--take-over"]).ending()
            #expect(takingOver.code == 1)
            #expect(takingOver.errors.contains("giro node --directory"), "\(takingOver)")
            #expect(takingOver.errors.contains("--standby"), "\(takingOver)")
            #expect(try served.banks.running("bank-a").isRunning)
            try await served.expectSound()
        }
    }
}
