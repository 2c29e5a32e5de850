import EventLog
import LibPQ

/// What was asked of PostgreSQL when it failed.
enum LogCall {
    /// Changes nothing of the log.
    case looking
    /// Moves the epoch.
    case takingOver
    case appending
}

extension LogError {
    /// What an error of PostgreSQL means for the log.
    ///
    /// Messages name no values; the cause has PostgreSQL's own words.
    init(_ error: PostgresError, during call: LogCall = .looking) {
        switch error.code {
        case .outcomeUnknown:
            self.init(
                .outcomeUnknown,
                "The connection to PostgreSQL broke before it answered: reopen the log.",
                cause: error)
        case .unreachable:
            self.init(
                .unavailable,
                """
                PostgreSQL cannot be reached, start it or correct host and port in log.store: \
                \(error.message)
                """,
                cause: error)
        case .passwordMissing:
            self.init(
                .unavailable,
                """
                \(ServerRefusal.authentication.text) No password was given: put it into log.store \
                (postgresql://ROLE:PASSWORD@…), or into the file that PGPASSFILE names. \
                (\(error.message))
                """,
                cause: error)
        case .loginFailed:
            self.init(
                .unavailable, "\(ServerRefusal.authentication.text) (\(error.message))",
                cause: error)
        case .connectionLost, .unsuitable, .overloaded, .cancelled:
            self.init(.unavailable, error.message, cause: error)
        case .closed:
            self = .closed
        case .malformedValue:
            self.init(
                .unavailable,
                """
                A column of the log's tables is of another type than `giro log init` makes it: \
                find out who altered the table. \(error.message)
                """,
                cause: error)
        case .server(let state):
            self.init(error, state, during: call)
        }
    }

    private init(_ error: PostgresError, _ state: SQLState, during call: LogCall) {
        let isContradiction = call == .appending && error.isContradiction(state)
        let refusal = isContradiction ? .contradiction : ServerRefusal(state)
        let mayHaveHappened = call != .looking && !refusal.isCertain
        let written = call == .looking || mayHaveHappened ? "" : " Nothing was written."
        self.init(
            mayHaveHappened ? .outcomeUnknown : refusal.code,
            "\(refusal.text)\(written) (\(error.description))", cause: error)
    }
}

extension PostgresError {
    /// Whether an append met the log's own constraints or triggers, which it never does unless the
    /// tables were changed past the program.
    fileprivate func isContradiction(_ state: SQLState) -> Bool {
        state.category == "23"
            || (state == .raisedException && Schema.refusals.contains(where: message.hasPrefix))
    }
}

/// Runs what talks to PostgreSQL, and says what its failure means for the log.
func asLogError<Value>(
    during call: LogCall = .looking, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value
) async throws(LogError) -> Value {
    do {
        return try await body()
    } catch let error as LogError {
        throw error
    } catch let error as PostgresError {
        throw LogError(error, during: call)
    } catch {
        throw LogError(.unavailable, "The call was given up.", cause: error)
    }
}
