import EventLog
import LibPQ
import Testing

@testable import EventLogPostgres

/// What each of PostgreSQL's refusals means for a log.
@Suite struct ServerRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let state: String
        /// What the message says.
        let words: String
        /// Whether a start waits for it to be over.
        var isPassing = false
        /// Whether a write that was refused so may have happened all the same.
        var isDoubtful = false
        var testDescription: String { state }

        init(
            _ state: String, _ words: String, isPassing: Bool = false, isDoubtful: Bool = false
        ) {
            (self.state, self.words) = (state, words)
            (self.isPassing, self.isDoubtful) = (isPassing, isDoubtful)
        }

        static let all = [
            Self("08006", "connection to PostgreSQL failed", isPassing: true, isDoubtful: true),
            Self("08007", "outcome", isPassing: true, isDoubtful: true),
            Self("08P01", "pooler", isPassing: true, isDoubtful: true),
            Self("0A000", "table was altered", isPassing: true),
            Self("22P02", "value"), Self("25001", "session", isPassing: true),
            Self("25006", "replica"), Self("25006", "default_transaction_read_only"),
            Self("25P02", "session", isPassing: true),
            Self("25P03", "idle_in_transaction_session_timeout", isPassing: true),
            Self("25P04", "transaction_timeout", isPassing: true),
            Self("26000", "pool_mode = session"), Self("42P05", "pool_mode = session"),
            Self("28000", "pg_hba.conf"), Self("28P01", "authentication failed"),
            Self("3D000", "no such database"), Self("3F000", "no event log"),
            Self("40001", "tried again", isPassing: true),
            Self("40003", "outcome", isPassing: true, isDoubtful: true),
            Self("40P01", "tried again", isPassing: true),
            Self("42501", "lacks a right"), Self("42501", "row-level security"),
            Self("42703", "altered"), Self("42883", "too old"),
            Self("42P01", "no event log"), Self("42P01", "log.schema"),
            Self("53100", "disk is full", isPassing: true),
            Self("53200", "memory", isPassing: true),
            Self("53300", "max_connections", isPassing: true),
            Self("53400", "resources", isPassing: true),
            Self("54001", "limit", isPassing: true), Self("55006", "uses", isPassing: true),
            Self("55P03", "pg_locks", isPassing: true),
            Self("57014", "statement_timeout", isPassing: true),
            Self("57P01", "shutting down", isPassing: true),
            Self("57P02", "crashed", isPassing: true),
            Self("57P03", "starting", isPassing: true),
            Self("57P04", "dropped", isPassing: true),
            Self("57P05", "idle_session_timeout", isPassing: true),
            Self("58030", "disk", isPassing: true, isDoubtful: true),
            Self("58P01", "files", isPassing: true, isDoubtful: true),
            Self("P0001", "trigger"),
            Self("XX000", "internal error", isPassing: true, isDoubtful: true),
            // Such as exist only in extensions, in forks, or in releases to come.
            Self("72000", "does not know", isPassing: true, isDoubtful: true),
            Self("HV000", "does not know", isPassing: true, isDoubtful: true),
            Self("ZZ999", "does not know", isPassing: true, isDoubtful: true),
        ]
    }

    @Test("A refusal says what it is, and nothing of damage", arguments: Case.all)
    func notOfTheLog(refusal: Case) {
        for call in [LogCall.looking, .takingOver, .appending] {
            let cause = PostgresError(.server(SQLState(refusal.state)), "as the test says")
            let error = LogError(cause, during: call)
            let isDoubtful = refusal.isDoubtful && call != .looking
            #expect(error.code == (isDoubtful ? .outcomeUnknown : .unavailable))
            #expect(error.isRetryable == !isDoubtful)
            #expect(cause.isRetryable == refusal.isPassing)
            #expect(error.message.contains(refusal.words), "\(error.message)")
            #expect(error.message.contains("SQLSTATE \(refusal.state)"))
            for word in ["restore", "corrupt", "damage"] {
                #expect(!error.description.contains(word), "\(error.description)")
            }
            #expect(error.message.contains("Nothing was written") == (
                call != .looking && !isDoubtful))
        }
    }

    @Test("A login that fails in the client is reported like one that the server refuses")
    func login() {
        for code in [PostgresError.Code.passwordMissing, .loginFailed] {
            let cause = PostgresError(code, "as the test says")
            let error = LogError(cause, during: .appending)
            #expect(error.code == .unavailable && !cause.isRetryable)
            #expect(error.message.contains("PostgreSQL authentication failed"))
            #expect(error.message.contains("No password was given") == (code == .passwordMissing))
            #expect(error.message.contains("as the test says"))
        }
    }

    @Test("What PostgreSQL finds damaged ends the node, each kind with its own advice")
    func damage() {
        for (state, words) in [("XX001", "backup"), ("XX002", "REINDEX")] {
            for call in [LogCall.looking, .takingOver, .appending] {
                let cause = PostgresError(.server(SQLState(state)), "invalid page")
                let error = LogError(cause, during: call)
                #expect(error.code == .corrupt)
                #expect(error.message.contains(words))
                #expect(!cause.isRetryable)
            }
        }
        let index = PostgresError(.server("XX002"), "invalid page")
        #expect(!LogError(index).message.contains("restore"))
    }

    @Test("Tables that contradict each other are damage only where an append finds it out")
    func contradiction() {
        let refusals = [
            PostgresError(.server("23505"), "a constraint was violated, constraint entry_pkey"),
            PostgresError(.server("23514"), "a constraint was violated"),
        ] + Schema.refusals.map { PostgresError(.server(.raisedException), $0 + " …") }
        for cause in refusals {
            let appending = LogError(cause, during: .appending)
            #expect(appending.code == .corrupt && appending.message.contains("giro restore"))
            #expect(LogError(cause, during: .looking).code == .unavailable)
        }
    }
}
