import Foundation
import LineFiles
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
        do throws(LineFileError) {
            return try PropertyFile(LineFile(path: path)).settings
        } catch {
            throw Failure(.unavailable, "kafka.properties: \(path): \(error.message).")
        }
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
