import ArgumentParser
import Audit
import Chain
import Deployment
import Engine
import EventLog
import Foundation
import Saga
import Wire

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the logs: no gap, unbroken chain, true signatures, entries that add up.",
        discussion: """
            Nodes of every kind are checked. Each log is also held against the headers of it that \
            the other nodes' logs have recorded, and against the entries that they took under \
            these: a node that has rewritten its log is named. Exit codes: 0 all logs are \
            verified, but for those of nodes that were never started; 1 a log is not what was \
            written; 2 a log cannot be read, and the others are verified.
            """)

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions

    private typealias Reading = LogReading<any VerifiedLog>

    struct Answer: Encodable {
        let node: String
        let position: UInt64
        let commits: Int
        let head: String
        let verified: Bool
        /// It has no log yet, and no other log's records say otherwise.
        let neverStarted: Bool
        let fault: String?
    }

    func run() async throws {
        try await exitingOnFailure {
            let readings = await Reading.all(try place.deployment.nodes()) {
                try await audit($0, of: try await $0.kind.type)
            }
            var answers: [Answer] = []
            for reading in readings { answers.append(try await answer(reading, among: readings)) }
            try output.show(answers) { text(answers) }
            if answers.contains(where: { !$0.verified && !$0.neverStarted }) {
                let unread = Reading.failure(among: readings) == .unavailable
                let isOnlyUnread =
                    unread
                    && zip(answers, readings).allSatisfy { answer, reading in
                        if case .read = reading.outcome { answer.verified } else { true }
                    }
                throw ExitCode((isOnlyUnread ? Failure.Code.unavailable : .refused).rawValue)
            }
        }
    }

    private static let oldKey = """
        It ends under an old key. If the node was started since its key was rotated, the log was \
        cut; if not, start it.
        """

    private func answer(
        _ reading: Reading, among readings: [Reading]
    ) async throws -> Answer {
        let name = reading.node.name.text
        switch reading.outcome {
        case .read(let audit):
            var fault = audit.isOfNewestKey ? nil : Self.oldKey
            if fault == nil {
                fault = try await contradiction(of: reading.node, audit, among: readings)
            }
            return Answer(
                node: name, position: audit.end.position.number, commits: audit.commits,
                head: audit.end.commitHash.description, verified: fault == nil,
                neverStarted: false, fault: fault)
        case .neverStarted:
            return Answer(
                node: name, position: 0, commits: 0, head: "", verified: false,
                neverStarted: true, fault: nil)
        case .failed(let failure):
            return Answer(
                node: name, position: 0, commits: 0, head: "", verified: false,
                neverStarted: false, fault: failure.description)
        }
    }

    /// The first thing that another node's log has recorded of a node and its own contradicts.
    private func contradiction(
        of node: NodeFolder, _ own: any VerifiedLog, among readings: [Reading]
    ) async throws -> String? {
        for reading in readings {
            guard case .read(let other) = reading.outcome else { continue }
            for witnessed in other.headersDenied(by: own) {
                let header = witnessed.header.header
                // A running node keeps writing while logs are read: what is new is looked at again.
                if header.last > own.end.position,
                    try await hash(at: header.last, of: node) == witnessed.header.hash
                {
                    continue
                }
                return """
                    Its log contradicts what it has signed: the log of \(other.node) recorded at \
                    position \(witnessed.position) a header of \(node.name) for positions \
                    \(header.first) to \(header.last), which this log does not hold. It was \
                    rewritten or cut: compare both logs before you trust what it says.
                    """
            }
            if let denied = other.readsDenied(by: own).first {
                return """
                    The log of \(other.node) contradicts it: at position \(denied.position) it has \
                    taken entry number \(denied.read.number) of \(node.name) and knows its own up \
                    to number \(denied.read.acknowledged) to be taken, and by position \
                    \(denied.header.header.last) this log had not said so. One of the two is not \
                    the log that was written: compare them before you trust either.
                    """
            }
        }
        return nil
    }

    private func hash(at last: Position, of node: NodeFolder) async throws -> Hash? {
        try await withLog(of: node) { log in
            try await log.commit(endingAt: last)?.hash
        }
    }

    private func text(_ answers: [Answer]) -> String {
        var table = Table("node", "entries", "commits", "head", "verdict")
        for answer in answers {
            table.add(
                answer.node, "\(answer.position)", "\(answer.commits)",
                String(answer.head.prefix(16)),
                answer.fault ?? (answer.neverStarted ? "never started" : "verified"))
        }
        return table.text
    }
}
