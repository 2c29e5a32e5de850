import APIModels
import AccessControl
import Deployment
import Foundation
import HTTPServer
import Ledger
import LedgerWire
import Node
import NodeClient
import Saga

// The running node's own account of itself.
extension DoctorCommand {
    /// Whether the node runs and is ready; and, one by one, what is wrong with it. Also whether its
    /// tokens are of use, where a client needs one.
    func runningNode(_ folder: NodeFolder, _ options: NodeOptions) async -> [Finding] {
        do {
            let report = try await folder.client().readiness()
            let isReady = report.blocking.isEmpty
            let entries = report.position.map { ", \($0) entries" } ?? ""
            let node = Finding(
                node: folder.name.text, check: "node", state: isReady ? .ok : .wrong,
                found: isReady ? "running and ready\(entries)" : "running, and not ready")
            return [node] + report.conditions.map { finding($0, folder) }
                + tokens(report.tokenFault, folder, options) + (await holds(folder))
        } catch {
            return [noAnswer(error, folder)] + tokens(nil, folder, options)
        }
    }

    private func noAnswer(_ error: any Error, _ folder: NodeFolder) -> Finding {
        guard let known = error as? NodeClientError else {
            return Finding(
                node: folder.name.text, check: "node", state: .wrong, found: "\(error)")
        }
        let isStopped = known.code == .unreachable
        return Finding(
            node: folder.name.text, check: "node", state: isStopped ? .ok : .wrong,
            found: isStopped ? "not running" : known.message)
    }

    /// The token file, read as a start of the node reads it; and what the running node says of it,
    /// which is ready without any token where its socket needs none.
    ///
    /// - Parameter fault: The running node's word. It may use another file than the settings name.
    private func tokens(
        _ fault: String?, _ folder: NodeFolder, _ options: NodeOptions
    ) -> [Finding] {
        guard options.needsTokens || fault != nil else { return [] }
        var state = Finding.State.wrong
        var found: String
        do throws(TokenFileError) {
            let count = try TokenFile.read(options.tokens).entries.count
            state = fault == nil ? .ok : .wrong
            found = fault == nil ? "\(count) tokens in order" : "The node's log says more."
        } catch {
            found = Failure(error).description
        }
        if let fault {
            found =
                "the token file cannot be used (\(fault)): a minute later no token is valid. "
                + found
        }
        return [Finding(node: folder.name.text, check: "tokens", state: state, found: found)]
    }

    /// What waits for each peer's word: a warning once the oldest is a minute past its deadline,
    /// when the peer has been asked to give it up.
    private func holds(_ folder: NodeFolder) async -> [Finding] {
        // A socket that asks for a token tells the rest, but not this; nor does a node that cannot
        // look at its state.
        guard let report = try? await folder.client().node() else { return [] }
        let now = NodeClock.system.now()
        return (report.holds ?? []).map { hold in
            let age = max(0, now.milliseconds - hold.oldestSince.milliseconds) / 1_000
            let isLate = hold.deadline.map { $0 + .seconds(60) < now } ?? false
            let amount = hold.currency.flatMap { currency in
                hold.amount.map { currency.text($0) + ", " }
            }
            let deadline = hold.deadline.map { "deadline \($0.text)" } ?? "no deadline"
            return Finding(
                node: folder.name.text, check: "holds", state: isLate ? .warning : .ok,
                found: "\(hold.count) transfers wait for \(hold.peer); the oldest for \(age) s "
                    + "(\(amount ?? "")\(deadline))"
                    + (isLate ? ". Ask the peer's operator whether it runs." : ""))
        }
    }

    /// Since when, why, what it means and what to do.
    private func finding(_ condition: ConditionReport, _ folder: NodeFolder) -> Finding {
        let why = condition.why ?? "the node says why to holders of a token (GIRO_TOKEN)"
        let meaning = condition.known?.meaning ?? ""
        let remedy = condition.known?.remedy(for: folder.name, peer: condition.peer) ?? ""
        return Finding(
            node: folder.name.text, check: condition.code,
            state: condition.blocks ? .wrong : .warning,
            found: "since \(condition.since.text): \(why). \(meaning) \(remedy)")
    }
}
