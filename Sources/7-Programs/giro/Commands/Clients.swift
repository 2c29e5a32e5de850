import APIModels
import ArgumentParser
import Deployment
import Foundation
import NodeClient
import Saga

extension DirectoryOptions {
    /// A client for each bank of the folder whose settings can be read; the others are named, and
    /// those of `payers` that are no banks.
    func clients(of payers: some Collection<NodeName>) async throws -> [NodeName: NodeClient] {
        var clients: [NodeName: NodeClient] = [:]
        for folder in try deployment.nodes() {
            do {
                guard try await folder.kind == .bank else {
                    if payers.contains(folder.name) { try await folder.checkHasAccounts() }
                    continue
                }
                clients[folder.name] = try await folder.client()
            } catch let failure as Failure {
                writeError("giro: NOT REACHED: \(folder.name). \(failure.description)")
            }
        }
        return clients
    }

    /// As ``withClient(of:sending:_:)``, where only a bank knows what is asked.
    ///
    /// - Throws: ``Failure`` for a node of another kind, before anything is sent.
    func withBank<Answer>(
        _ node: NodeName, sending order: CommandID? = nil,
        _ call: (NodeClient) async throws -> Answer
    ) async throws -> Answer {
        try await deployment.existingNode(node.text).checkHasAccounts()
        return try await withClient(of: node, sending: order, call)
    }

    /// Calls one node, of any kind, and says what to do if it cannot be reached.
    ///
    /// - Parameter order: The UUID of the order that is sent. Where its outcome is not known, the
    ///   message names it: repeated without it, the command would be another order.
    func withClient<Answer>(
        of node: NodeName, sending order: CommandID? = nil,
        _ call: (NodeClient) async throws -> Answer
    ) async throws -> Answer {
        let folder = try deployment.existingNode(node.text)
        let client = try await folder.client()
        do {
            return try await call(client)
        } catch let error as NodeClientError {
            let advice =
                error.code == .unreachable
                ? " Start it with: \(folder.command("node"))" : ""
            let again =
                error.isOutcomeUnknown ? order.map { " " + OperationOptions.again($0) } : nil
            throw Failure(.unavailable, "\(node): \(error.text)\(advice)\(again ?? "")")
        }
    }
}

extension NodeFolder {
    /// Over the socket that the node's settings name; with the token in `GIRO_TOKEN`, where the
    /// socket asks for one.
    func client() async throws -> NodeClient {
        let options = try await NodeOptions(of: self, flags: [:])
        try options.checkSocket()
        return NodeClient(.unixSocket(path: options.socket), token: Self.token)
    }

    /// Over TCP where the node listens there and `GIRO_TOKEN` has a token.
    func client(_ options: NodeOptions) -> NodeClient {
        guard let listen = options.listen, let token = Self.token else {
            return NodeClient(.unixSocket(path: options.socket), token: Self.token)
        }
        return NodeClient(listen, token: token)
    }

    fileprivate static var token: String? { ProcessInfo.processInfo.environment["GIRO_TOKEN"] }
}

extension NodeClientError {
    /// The message, as a command says it: a token is taken from a variable, not sent by hand.
    var text: String {
        guard problem?.code == "unauthorized" else { return message }
        return NodeFolder.token == nil
            ? "A token is needed. Set GIRO_TOKEN to one of this bank; giro token add makes one."
            : "The token in GIRO_TOKEN is not valid at this bank; giro token add makes one."
    }
}

extension NodeOptions {
    /// - Throws: ``Failure`` where the system takes no path so long.
    func checkSocket() throws {
        let count = socket.utf8.count
        guard count > NodeAddress.socketPathBytesMax else { return }
        throw Failure(
            .unavailable,
            "The socket's path has \(count) bytes, and the system takes at most "
                + "\(NodeAddress.socketPathBytesMax): set socket in node.yaml, or GIRO_SOCKET, to "
                + "a shorter one (\(socket)).")
    }
}

extension NodeClient {
    /// What the node said to each transfer; `nil` where its answer did not come, or was to come
    /// back later. And why, where the request ended early: what was answered before is answered.
    func verdicts(
        on transfers: [TransferRequest]
    ) async -> ([CommandAnswer.Verdict?], NodeClientError?) {
        var verdicts = [CommandAnswer.Verdict?](repeating: nil, count: transfers.count)
        guard !transfers.isEmpty else { return (verdicts, nil) }
        do throws(NodeClientError) {
            try await submit(transfers) { index, answer in
                if answer.verdict != .busy { verdicts[index] = answer.verdict }
            }
            return (verdicts, nil)
        } catch {
            return (verdicts, error)
        }
    }

    /// As ``verdicts(on:)``, but no longer than `patience`: what is not answered by then is not.
    func verdicts(
        on transfers: [TransferRequest], within patience: Duration
    ) async -> ([CommandAnswer.Verdict?], NodeClientError?) {
        await withTaskGroup(of: ([CommandAnswer.Verdict?], NodeClientError?)?.self) { group in
            group.addTask { await verdicts(on: transfers) }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            var answered = ([CommandAnswer.Verdict?](), NodeClientError?.none)
            while let ended = await group.next() {
                if let ended { answered = ended }
                group.cancelAll()
            }
            return answered
        }
    }

    /// Waits until the node takes commands.
    func waitUntilHealthy(within time: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + time
        while true {
            do {
                return try await checkHealth()
            } catch {
                guard ContinuousClock.now < deadline else {
                    throw Failure(.unavailable, "\(address) does not answer: \(error.message)")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
