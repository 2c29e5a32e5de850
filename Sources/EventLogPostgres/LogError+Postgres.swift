import EventLog
import LibPQ

extension LogError {
    /// What an error of PostgreSQL means for the log.
    ///
    /// Messages name no values; the cause has PostgreSQL's own words.
    init(_ error: PostgresError) {
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
                PostgreSQL cannot be reached, start it or mend the host and port in log.store: \
                \(error.message)
                """,
                cause: error)
        case .connectionLost, .unsuitable, .overloaded, .cancelled:
            self.init(.unavailable, error.message, cause: error)
        case .closed:
            self = .closed
        case .malformedValue:
            self.init(
                .corrupt, "The log's tables hold a value of another type: restore the log.",
                cause: error)
        case .server(let state):
            self.init(error, state)
        }
    }

    private init(_ error: PostgresError, _ state: SQLState) {
        switch (state.category, state) {
        case (_, .diskFull):
            self.init(
                .unavailable, "No space is left for the log, nothing was written: make room.",
                cause: error)
        case (_, .lockNotAvailable):
            self.init(
                .unavailable,
                """
                Another session keeps the log's tables locked, nothing was written: end it, \
                pg_locks shows which.
                """,
                cause: error)
        case (_, .undefinedTable), ("3F", _):
            self.init(
                .unavailable,
                "The database holds no event log in this schema: run `giro log init`.",
                cause: error)
        case ("42", _) where state == "42501":
            self.init(
                .unavailable,
                "The node's role lacks a right on the log: run `giro log init` (\(error.message)).",
                cause: error)
        case ("28", _):
            self.init(
                .unavailable,
                """
                PostgreSQL does not let the role in, check its name and password in log.store \
                (\(error.description)).
                """,
                cause: error)
        case ("3D", _):
            self.init(
                .unavailable,
                """
                There is no such database: mend log.store, or make it with createdb and run \
                `giro log init` (\(error.description)).
                """,
                cause: error)
        case ("08", _), ("40", _), ("53", _), ("55", _), ("57", _), ("58", _):
            self.init(
                .unavailable, "PostgreSQL refuses (\(error.description)).", cause: error)
        case ("25", "25006"):
            self.init(
                .unavailable,
                "PostgreSQL takes no writes, it is read-only or a replica: name the primary.",
                cause: error)
        case ("XX", _) where state == "XX000":
            // Whatever has no code of its own: so a connection is refused where the disk is full
            // just after the server has started. It says nothing of what is stored.
            self.init(
                .unavailable,
                "PostgreSQL has a fault of its own, see its log (\(error.description)).",
                cause: error)
        case ("XX", _):
            self.init(
                .corrupt, "PostgreSQL found the log damaged: restore it (\(state)).", cause: error)
        default:
            self.init(
                .corrupt,
                """
                The log's tables are not as this program left them, nothing was written: find \
                out who changed them, restore the log (\(error.description)).
                """,
                cause: error)
        }
    }
}

/// Runs what talks to PostgreSQL, and says what its failure means for the log.
func asLogError<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async throws(LogError) -> Value {
    do {
        return try await body()
    } catch let error as LogError {
        throw error
    } catch let error as PostgresError {
        throw LogError(error)
    } catch {
        throw LogError(.unavailable, "The call was given up.", cause: error)
    }
}
