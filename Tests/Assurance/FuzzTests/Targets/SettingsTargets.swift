import Engine
import Foundation
import HTTPServer
import MessageBus
import Node
import Saga
import TopicDeclarations

@testable import Deployment
@testable import giro

extension Target {
    /// A topic's declaration.
    static let topic = Target("topic", .text, rounds: 1_000) { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        let catalogue: TopicCatalogue
        do {
            catalogue = try TopicCatalogue(files: [("topic.yaml", text)])
        } catch is TopicCatalogueError { return false }
        for topic in catalogue.topics(of: Bench.node, peers: Bench.peers) {
            try hold("\(topic.name) is no topic's name", Topic.isName(topic.name))
            try hold("\(topic.name) keeps nothing", topic.retention.map { $0 > .zero } ?? true)
        }
        return true
    }

    /// A node's settings.
    static let nodeYAML = Target("node-yaml", .text, rounds: 700) { bytes in
        let folder = NodeFolder(
            name: Bench.node, url: LastInput.folder.appendingPathComponent("bank-a"))
        try FileManager.default.createDirectory(
            at: folder.url, withIntermediateDirectories: true)
        // As giro init makes it: settings that hold a password are their owner's alone.
        let isMade = FileManager.default.createFile(
            atPath: folder.configuration, contents: Data(bytes),
            attributes: [.posixPermissions: 0o600])
        try hold("the settings cannot be written", isMade)
        let options: NodeOptions
        do {
            options = try await NodeOptions(of: folder, flags: [:])
        } catch is Failure { return false }
        try hold("it is another node's", options.node == Bench.node)
        try hold("no connection is allowed", options.serverLimits.connectionsMax > 0)
        try hold("no saga is allowed", options.limits.openSagasMax > 0)
        try hold("no saga with a peer is allowed", options.limits.openPerPeerMax > 0)
        try hold("a commit takes no input", options.settings.inputsPerCommitMax > 0)
        try hold(
            "a standby waits for less than a heartbeat", options.settings.heartbeatTimeout > .zero)
        return true
    }
}
