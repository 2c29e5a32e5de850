/// What the nemesis does to the stack. A kind says what; a ``Strike`` says to whom and when.
package enum Fault: Hashable, Sendable {
    /// SIGKILL to a bank's process; it is started again.
    case killNode
    /// SIGSTOP and later SIGCONT.
    case pauseNode
    /// The writer of the bank that has a standby is paused for longer than the heartbeat timeout,
    /// then resumes and acts as if it were still the writer.
    case failOver
    /// That writer runs on, but cannot reach its database for so long.
    case isolateWriter
    /// The broker is killed, and comes back with what it had kept.
    case killBroker
    case pauseBroker
    /// The broker comes back with nothing; then the topics are made again.
    case wipeBroker
    /// SIGKILL to the postmaster.
    case killPostgres
    case pausePostgres
    /// Immediate mode: as a crash.
    case crashPostgres
    /// The way from a bank's process to its broker or its database.
    case partition(Link, Manner)
    /// No room is left where the log of one bank is.
    case fillDisk

    package enum Link: String, Hashable, Sendable, CaseIterable {
        case broker, database
    }

    package enum Manner: String, Hashable, Sendable, CaseIterable {
        /// Bytes vanish in both directions.
        case drop
        /// Bytes wait and come when it is over.
        case hold
        /// Every chunk comes a fifth of a second late.
        case delay
        /// The process loses its connections, the server does not know.
        case halfOpen
        /// Connections are reset in the middle of what is sent.
        case reset
    }

    package static let all: [Fault] =
        [
            .killNode, .pauseNode, .failOver, .isolateWriter, .killBroker, .pauseBroker,
            .wipeBroker, .killPostgres, .pausePostgres, .crashPostgres, .fillDisk,
        ]
        + Link.allCases.flatMap { link in Manner.allCases.map { .partition(link, $0) } }

    /// How long it lasts, in milliseconds.
    var lasting: Range<Int> {
        switch self {
        case .killNode: 200..<4_000
        case .pauseNode: 500..<5_000
        // Longer than ``Stack/heartbeatTimeout``, or the standby does not take over.
        case .failOver, .isolateWriter: 6_000..<9_000
        case .killBroker, .killPostgres, .crashPostgres: 200..<4_000
        case .wipeBroker: 200..<3_000
        case .pauseBroker, .pausePostgres: 1_000..<6_000
        case .partition: 1_000..<8_000
        case .fillDisk: 3_000..<6_000
        }
    }
}

extension Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .killNode: "kill -9 a bank's process"
        case .pauseNode: "pause a bank's process"
        case .failOver: "pause the writer until its standby takes over, wake it later"
        case .isolateWriter: "cut the writer off its database until its standby takes over"
        case .killBroker: "kill -9 the broker"
        case .pauseBroker: "pause the broker"
        case .wipeBroker: "restart the broker empty"
        case .killPostgres: "kill -9 PostgreSQL"
        case .pausePostgres: "pause PostgreSQL"
        case .crashPostgres: "restart PostgreSQL in immediate mode"
        case .partition(let link, let manner):
            "network bank–\(link.rawValue): \(manner.rawValue)"
        case .fillDisk: "fill the disk of a log"
        }
    }
}

/// One fault at one time.
package struct Strike: Hashable, Sendable, CustomStringConvertible {
    package let fault: Fault
    /// Which of ``Stack/places`` it is about, where it is about one.
    package let place: Int
    /// Which of ``Stack/postgres`` it is about, where it is about one.
    package let server: Int
    /// Milliseconds from the round's begin.
    package let start: Int
    package let lasting: Int

    package var end: Int { start + lasting }

    /// What two strikes must not do something to at the same time.
    enum Claim: Hashable {
        case process(Int)
        case link(Int, Fault.Link)
        case broker
        case postgres(Int)
    }

    var claims: Set<Claim> {
        switch fault {
        case .killNode, .pauseNode: [.process(place)]
        case .failOver: [.process(0), .process(1)]
        case .isolateWriter: [.link(0, .database), .link(1, .database)]
        case .killBroker, .pauseBroker, .wipeBroker: [.broker]
        case .killPostgres, .pausePostgres, .crashPostgres: [.postgres(server)]
        case .partition(let link, _): [.link(place, link)]
        case .fillDisk: [.postgres(Stack.smallDiskServer)]
        }
    }

    package var description: String {
        let whom =
            switch fault {
            case .killNode, .pauseNode, .partition: " (process \(place))"
            case .killPostgres, .pausePostgres, .crashPostgres: " (server \(server))"
            default: ""
            }
        return "\(start) ms: \(fault)\(whom), for \(lasting) ms"
    }
}
