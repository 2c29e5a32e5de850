import Foundation
import MessageBus
import Saga
import Testing

@Suite struct TopicCatalogueTests {
    @Test
    func `The files in topics and the topics that nodes use agree`() throws {
        let catalogue = try TopicCatalogue(folder: topicsFolder)
        let node = try #require(NodeName("bank-a"))
        #expect(Set(catalogue.topics(for: [node])) == [.transfers(of: node), .journal(of: node)])
        #expect(Topic.transfers(of: node).name == "transfers.bank-a")
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
    func `Every node gets a topic of each family`() throws {
        let catalogue = try TopicCatalogue(folder: topicsFolder)
        let nodes = try ["a", "b"].map { try #require(NodeName($0)) }
        #expect(Set(catalogue.topics(for: nodes).map(\.name))
            == ["transfers.a", "journal.a", "transfers.b", "journal.b"])
    }

    @Test(arguments: [
        ("12 hours", Duration.seconds(12 * 3_600)), ("1 day", .seconds(86_400)), ("forever", nil),
    ] as [(String, Duration?)])
    func `Retention is said in words`(words: String, retention: Duration?) throws {
        let text = sound.replacing("retention: 7 days", with: "retention: \(words)")
        let catalogue = try TopicCatalogue(files: [("x.yaml", text)])
        #expect(catalogue.declarations.map(\.retention) == [retention])
    }

    @Test(arguments: [
        Slip("name: t.<node>", "", key: "name", message: "is missing: add it"),
        Slip("name: t.<node>", "name: t", key: "name", message: "then `<node>`"),
        Slip("name: t.<node>", "name: t t.<node>", key: "name", message: "then `<node>`"),
        Slip("name: t.<node>", "name: a<node>.<node>", key: "name", message: "names no topics"),
        Slip("name: t.<node>", "nmae: t.<node>", key: "nmae", message: "no such key: remove it"),
        Slip("partitions: 1", "partitions: 3", key: "partitions", message: "write 1"),
        Slip("partitions: 1", "partitions: one", key: "partitions", message: "write one"),
        Slip("7 days", "7", key: "retention", message: "write `forever`"),
        Slip("7 days", "0 days", key: "retention", message: "write `forever`"),
        Slip("7 days", "7 weeks", key: "retention", message: "write `forever`"),
        Slip("compacted: false", "compacted: true", key: "compacted", message: "write `false`"),
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
        #expect(error?.description
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

private let sound = """
    name: t.<node>
    about: a test
    key: anything
    partitions: 1
    retention: 7 days
    compacted: false
    value:
      message: m.M
      file: m.proto
    headers:
      - name: h
        required: true
        about: a header
    """

private let topicsFolder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "topics").path
