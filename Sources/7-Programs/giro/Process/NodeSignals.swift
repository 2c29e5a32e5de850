import Foundation
import Logging
import Saga
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The signals that a node gets besides the first SIGTERM or SIGINT, which shuts it down in good
/// order.
struct NodeSignals {
    let node: NodeName
    let logger: Logger

    /// Runs `body` while the signals that end most programs, and mean nothing to a node, are
    /// ignored: settings are read at a start, and the token file is looked at every second.
    func ignoring(_ body: () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigusr2)
        let watch = Task {
            for await signal in signals {
                logger.notice("signal ignored", metadata: ["signal": "\(signal)"])
            }
        }
        defer { watch.cancel() }
        try await body()
    }

    /// Runs `body` while a second SIGTERM or SIGINT ends the process at once, as the signal would
    /// have done: an operator does not want to wait. That is a crash like any other: what was
    /// answered is durable, and a client without an answer sends its command again.
    func endingAtSecond(_ body: () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let watch = Task {
            var isEnding = false
            for await signal in signals {
                guard isEnding else {
                    isEnding = true
                    logger.notice(
                        "shutting down; a second signal ends the process at once",
                        metadata: ["signal": "\(signal)"])
                    continue
                }
                writeError(
                    "giro: \(node) received a second signal to end, and ends at once. What it "
                        + "answered is in its log; a client without an answer sends again.")
                Self.die(of: signal == .sigint ? SIGINT : SIGTERM)
            }
        }
        defer { watch.cancel() }
        try await body()
    }

    private static func die(of number: Int32) {
        signal(number, SIG_DFL)
        kill(getpid(), number)
    }
}
