import ArgumentParser
import Audit
import EventLog
import Foundation
import Saga

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the logs: no gap, unbroken chain, true signatures, entries that add up.")

    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions

    struct Answer: Encodable {
        let node: String
        let position: UInt64
        let commits: Int
        let head: String
        let verified: Bool
        let fault: String?
    }

    func run() async throws {
        try await exitingOnFailure {
            var answers: [Answer] = []
            for node in try place.installation.nodes() { answers.append(try await verify(node)) }
            try output.show(answers) { text(answers) }
            guard answers.allSatisfy(\.verified) else { throw ExitCode(1) }
        }
    }

    private static let oldKey = """
        It ends under an old key. If the bank was started since its key was rotated, the log was \
        cut; if not, start it.
        """

    private func verify(_ node: NodeFolder) async throws -> Answer {
        do {
            let audits = try await audit([node])
            let end = audits[0].end
            let isOfNewestKey = audits[0].isOfNewestKey
            return Answer(
                node: node.name.text, position: end.position.number, commits: audits[0].commits,
                head: end.commitHash.description, verified: isOfNewestKey,
                fault: isOfNewestKey ? nil : Self.oldKey)
        } catch let failure as Failure where failure.code == .refused {
            return Answer(
                node: node.name.text, position: 0, commits: 0, head: "", verified: false,
                fault: failure.description)
        }
    }

    private func text(_ answers: [Answer]) -> String {
        var table = Table("node", "entries", "commits", "head", "verdict")
        for answer in answers {
            table.add(
                answer.node, "\(answer.position)", "\(answer.commits)",
                String(answer.head.prefix(16)), answer.fault ?? "verified")
        }
        return table.text
    }
}
