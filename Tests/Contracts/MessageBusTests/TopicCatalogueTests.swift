import Foundation
import MessageBus
import Saga
import Testing
import TopicDeclarations

@Suite struct TopicCatalogueTests {
    @Test
    func `The files in topics and the topics that nodes use agree`() throws {
        let catalogue = try TopicCatalogue(folder: topicsFolder)
        let names = try ["bank-a", "bank-b", "bank-c"].map { try #require(NodeName($0)) }
        let (node, peers) = (names[0], Array(names.dropFirst()))
        for count in 0...peers.count {
            let peers = Array(peers.prefix(count))
            let declared = catalogue.topics(of: node, peers: peers)
            #expect(Set(declared) == Set(Topic.all(of: node, peers: peers)))
            #expect(declared.count == 1 + 2 * count)
        }
        let transfers = Topic.transfers(from: node, to: peers[0])
        #expect(transfers.name == "transfers.bank-a.bank-b")
        #expect(transfers.retention == .seconds(7 * 86_400))
        #expect(Topic.journal(of: node).retention == nil)
    }

    @Test
    func `Each declaration's message stands in its proto file`() throws {
        for declaration in try TopicCatalogue(folder: topicsFolder).declarations {
            let proto = try String(
                contentsOfFile: "\(topicsFolder)/\(declaration.value.file)", encoding: .utf8)
            let parts = declaration.value.message.split(separator: ".")
            #expect(proto.contains("package \(parts.dropLast().joined(separator: "."));"))
            #expect(proto.contains("message \(try #require(parts.last)) {"))
        }
    }

    @Test
    func `A node gets a journal, and a topic for each direction with each peer`() throws {
        let catalogue = try TopicCatalogue(folder: topicsFolder)
        let (a, b) = (try #require(NodeName("a")), try #require(NodeName("b")))
        let c = try #require(NodeName("c"))
        #expect(
            Set(catalogue.topics(of: a, peers: [b, c]).map(\.name)) == [
                "journal.a", "transfers.a.b", "transfers.b.a", "transfers.a.c", "transfers.c.a",
            ])
        // Both of a pair name the same two topics.
        let shared = Set(catalogue.topics(of: a, peers: [b]))
            .intersection(catalogue.topics(of: b, peers: [a]))
        #expect(Set(shared.map(\.name)) == ["transfers.a.b", "transfers.b.a"])
        #expect(catalogue.topics(of: a, peers: []).map(\.name) == ["journal.a"])
    }

    /// A topic's name has 200 characters at most, a node's name 63.
    @Test(arguments: [("<node>", 200 - 63), ("<from>.<to>", 200 - 2 * 63 - 1)])
    func `A name that the longest names of nodes make too long is refused`(
        ending: String, room: Int
    ) throws {
        func catalogue(_ count: Int) throws -> TopicCatalogue {
            let name = String(repeating: "t", count: count - 1) + "." + ending
            let text = sound.replacing("name: t.<node>", with: "name: \(name)")
            return try TopicCatalogue(files: [("x.yaml", text)])
        }
        let (one, other) = (String(repeating: "n", count: 63), String(repeating: "m", count: 63))
        let (node, peer) = (try #require(NodeName(one)), try #require(NodeName(other)))
        let topics = try catalogue(room).topics(of: node, peers: [peer])
        #expect(!topics.isEmpty)
        #expect(topics.allSatisfy { $0.name.utf8.count == 200 })
        let error = #expect(throws: TopicCatalogueError.self) { _ = try catalogue(room + 1) }
        #expect(error?.key == "name")
        #expect(error?.message.contains("names no topics") == true)
    }

    @Test
    func `What is not said otherwise is for production`() throws {
        let node = try #require(NodeName("bank-a"))
        let peer = try #require(NodeName("bank-b"))
        for topic in try TopicCatalogue(folder: topicsFolder).topics(of: node, peers: [peer]) {
            #expect(topic.replication == 3 && topic.inSyncMin == 2)
            #expect(topic.batchBytesMax == 1_048_588)
        }
    }

    @Test(
        arguments: [
            ("43200000", Duration.seconds(12 * 3_600)), ("1", .milliseconds(1)), ("-1", nil),
        ] as [(String, Duration?)])
    func `Retention is Kafka's`(milliseconds: String, retention: Duration?) throws {
        let text = sound.replacing("604800000", with: milliseconds)
        let catalogue = try TopicCatalogue(files: [("x.yaml", text)])
        #expect(catalogue.declarations.map(\.settings.retention) == [retention])
    }

    @Test
    func `Another number of replicas is taken as it is written`() throws {
        let text = sound.replacing("replication: 3", with: "replication: 5")
            .replacing("min.insync.replicas: 2", with: "min.insync.replicas: 3")
            .replacing("1048588", with: "2000000")
        let node = try #require(NodeName("a"))
        let catalogue = try TopicCatalogue(files: [("x.yaml", text)])
        let topic = try #require(catalogue.topics(of: node, peers: []).first)
        #expect(topic.replication == 5 && topic.inSyncMin == 3)
        #expect(topic.batchBytesMax == 2_000_000)
    }

    @Test(arguments: [
        Slip("name: t.<node>", "", key: "name", message: "is missing: add it"),
        Slip("name: t.<node>", "name: t", key: "name", message: "then `<node>`"),
        Slip("name: t.<node>", "name: t t.<node>", key: "name", message: "then `<node>`"),
        Slip("name: t.<node>", "name: t", key: "name", message: "or `<from>.<to>`"),
        Slip("name: t.<node>", "name: a<node>.<node>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "name: t.<to>.<from>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "name: t.<from>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "name: t.<to>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "name: <from>.<node>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "name: t t.<from>.<to>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "nmae: t.<node>", key: "nmae", message: "no such key: remove it"),
        Slip("partitions: 1", "partitions: 3", key: "partitions", message: "write 1"),
        Slip("partitions: 1", "partitions: one", key: "partitions", message: "write one"),
        Slip("replication: 3", "replication: 0", key: "replication", message: "from 1 to"),
        Slip("replication: 3", "", key: "replication", message: "is missing: add it"),
        Slip(
            "replication: 3", "replication: 1", key: "settings",
            message: "min.insync.replicas is greater than replication (2 of 1)"),
        Slip(
            "min.insync.replicas: 2", "min.insync.replicas: 4", key: "settings",
            message: "min.insync.replicas is greater than replication (4 of 3)"),
        setting("min.insync.replicas: 2", "0", "write 1 or more"),
        setting("max.message.bytes: 1048588", "60000", "write a number from 300000"),
        setting("max.message.bytes: 1048588", "2147483648", "write a number from 300000"),
        setting("retention.ms: 604800000", "0", "or -1: permanently"),
        setting("retention.ms: 604800000", "7 days", "is no Int64"),
        setting("retention.bytes: -1", "1000000", "write -1"),
        setting("cleanup.policy: delete", "compact", "write `delete`"),
        setting("message.timestamp.type: LogAppendTime", "CreateTime", "write `LogAppendTime`"),
        Slip(
            "  min.insync.replicas: 2", "  min.insync.replica: 2",
            key: "settings.min.insync.replica", message: "no such key: remove it"),
        Slip(
            "  retention.bytes: -1", "", key: "settings.retention.bytes",
            message: "is missing: add it"),
        Slip("  message: m.M", "", key: "value.message", message: "is missing: add it"),
        Slip("required: true", "required: perhaps", key: "headers.0.required", message: "Bool"),
        Slip("name: t.<node>", "name: [", key: nil, message: "is no YAML"),
    ])
    func `A slip in a file is named with its file, its key and what to do`(slip: Slip) throws {
        let text = sound.replacing(slip.right, with: slip.wrong)
        try #require(text != sound)
        let error = #expect(throws: TopicCatalogueError.self) {
            _ = try TopicCatalogue(files: [("topics/x.yaml", text)])
        }
        #expect(error?.file == "topics/x.yaml")
        #expect(error?.key == slip.key)
        #expect(error?.message.contains(slip.message) == true, "\(String(describing: error))")
    }

    @Test
    func `Two files cannot declare the same topics`() {
        let error = #expect(throws: TopicCatalogueError.self) {
            _ = try TopicCatalogue(files: [("a.yaml", sound), ("b.yaml", sound)])
        }
        #expect(
            error?.description
                == "b.yaml: name: another file declares t.<node>: remove one of the two")
    }

    @Test
    func `A folder that is not there is named`() {
        let error = #expect(throws: TopicCatalogueError.self) {
            _ = try TopicCatalogue(folder: "/nowhere/topics")
        }
        #expect(error?.file == "/nowhere/topics")
    }
}

/// A file's text with one thing wrong.
struct Slip: Sendable {
    let right: String
    let wrong: String
    let key: String?
    let message: String

    init(_ right: String, _ wrong: String, key: String?, message: String) {
        self.right = right
        self.wrong = wrong
        self.key = key
        self.message = message
    }
}

/// A slip in one of Kafka's settings, which stands in the file as `right`.
private func setting(_ right: String, _ wrong: String, _ message: String) -> Slip {
    let name = right.split(separator: ":")[0]
    return Slip(right, "\(name): \(wrong)", key: "settings.\(name)", message: message)
}

private let sound = """
    name: t.<node>
    about: a test
    key: anything
    partitions: 1
    replication: 3
    settings:
      min.insync.replicas: 2
      max.message.bytes: 1048588
      retention.ms: 604800000
      retention.bytes: -1
      cleanup.policy: delete
      message.timestamp.type: LogAppendTime
    value:
      message: m.M
      file: m.proto
    headers:
      - name: h
        required: true
        about: a header
    """

private let topicsFolder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "topics").path
