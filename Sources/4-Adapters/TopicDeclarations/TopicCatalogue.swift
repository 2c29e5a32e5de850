import Foundation
public import MessageBus
public import Saga
import Yams

/// All the topic families that `topics/` declares.
public struct TopicCatalogue: Hashable, Sendable {
    /// Ordered by their files' names.
    public let declarations: [TopicDeclaration]

    /// Reads every `.yaml` file in `folder`.
    public init(folder: String) throws(TopicCatalogueError) {
        var files: [(name: String, text: String)] = []
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            for name in names.sorted() where name.hasSuffix(".yaml") {
                let path = folder + "/" + name
                files.append((path, try String(contentsOfFile: path, encoding: .utf8)))
            }
        } catch {
            throw TopicCatalogueError(
                file: folder, key: nil,
                message: "cannot be read (\(error.localizedDescription)): name the folder topics/")
        }
        try self.init(files: files)
    }

    /// - Parameter files: The YAML texts, each with the name that errors call it by.
    public init(files: [(name: String, text: String)]) throws(TopicCatalogueError) {
        var declarations: [TopicDeclaration] = []
        for file in files {
            let declaration = try Self.declaration(in: file.text, named: file.name)
            guard !declarations.contains(where: { $0.name == declaration.name }) else {
                throw TopicCatalogueError(
                    file: file.name, key: "name",
                    message: "another file declares \(declaration.name): remove one of the two")
            }
            declarations.append(declaration)
        }
        self.declarations = declarations
    }

    /// All topics that `node` needs, by family.
    public func topics(of node: NodeName, peers: [NodeName]) -> [Topic] {
        declarations.flatMap { $0.topics(of: node, peers: peers) }
    }

    private static func declaration(
        in text: String, named file: String
    ) throws(TopicCatalogueError) -> TopicDeclaration {
        do {
            return try YAMLDecoder().decode(TopicDeclaration.self, from: text)
        } catch {
            throw TopicCatalogueError(file: file, decoding: error)
        }
    }
}

/// A topic declaration that cannot be used. The file has to be fixed: a retry does not help.
public struct TopicCatalogueError: Error, Sendable {
    /// The file's path, or the name that the caller gave it; the folder where that cannot be read.
    public let file: String
    /// The key's path in the file, as in `value.message` or `headers.0.name`; `nil` where the file
    /// as a whole is wrong.
    public let key: String?
    /// Says what is wrong and what to do.
    public let message: String
}

extension TopicCatalogueError: CustomStringConvertible {
    /// File, key and message in one line, for an operator.
    public var description: String { "\(file): \(key.map { "\($0): " } ?? "")\(message)" }
}

extension TopicCatalogueError {
    fileprivate init(file: String, decoding error: any Error) {
        self.file = file
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            self.key = Self.text(context.codingPath + [key])
            message = "is missing: add it, as the other files in topics/ have it"
        case DecodingError.typeMismatch(let type, let context),
            DecodingError.valueNotFound(let type, let context):
            key = Self.text(context.codingPath)
            message = "is no \(type): write one, as the other files in topics/ do"
        case DecodingError.dataCorrupted(let context):
            key = Self.text(context.codingPath)
            message =
                context.underlyingError.map { "is no YAML: \($0)" } ?? context.debugDescription
        default:
            key = nil
            message = "cannot be read: \(error)"
        }
    }

    private static func text(_ path: [any CodingKey]) -> String? {
        path.isEmpty
            ? nil
            : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
