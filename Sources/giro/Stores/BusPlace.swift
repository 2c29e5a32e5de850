import Foundation
import Logging
import MessageBus
import MessageBusKafka
import MessageBusSQLite
import RDKafka
import Saga

/// Where the message bus is.
enum BusPlace {
    /// A folder of SQLite files that processes on one machine share, made at the first start.
    case folder(String)
    /// Brokers, with settings of librdkafka's. Topics are made by `giro topics apply`.
    case kafka(KafkaOptions)

    /// - Parameters:
    ///   - text: `kafka://HOST:PORT,…`, or a path from `folder` on.
    ///   - properties: The path of a file with settings of librdkafka's, a `name=value` a line.
    init(_ text: String, properties: String?, of node: NodeName, in folder: NodeFolder) throws {
        guard text.hasPrefix("kafka://") else {
            self = .folder(folder.path(text))
            return
        }
        var client = ClientOptions(
            bootstrapServers: String(text.dropFirst("kafka://".count)),
            clientID: "giro.\(node)")
        if let properties { client.settings = try Self.settings(folder.path(properties)) }
        self = .kafka(KafkaOptions(client: client))
    }

    private static func settings(_ path: String) throws -> [String: String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.unavailable, "kafka.properties: \(path) cannot be read.")
        }
        var settings: [String: String] = [:]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let equals = line.firstIndex(of: "=") else {
                // Its words may be a password's.
                throw Failure(
                    .unavailable, "\(path): line \(index + 1) is no setting; use name=value.")
            }
            let name = line[..<equals].trimmingCharacters(in: .whitespaces)
            settings[name] = line[line.index(after: equals)...]
                .trimmingCharacters(in: .whitespaces)
        }
        return settings
    }

    func open(_ logger: Logger) async throws -> any MessageBus {
        switch self {
        case .folder(let path): try await SQLiteMessageBus.open(at: path)
        case .kafka(let options): try await KafkaMessageBus.open(options, logger: logger)
        }
    }

    /// Whether a node makes the topics it needs by itself.
    var makesTopics: Bool {
        switch self {
        case .folder: true
        case .kafka: false
        }
    }

    /// Whether there is nothing yet, since no node was ever started on it.
    var isMissing: Bool {
        switch self {
        case .folder(let path): !FileManager.default.fileExists(atPath: path)
        case .kafka: false
        }
    }
}

extension BusPlace: CustomStringConvertible {
    var description: String {
        switch self {
        case .folder(let path): path
        case .kafka(let options): "kafka://\(options.client.bootstrapServers)"
        }
    }
}
