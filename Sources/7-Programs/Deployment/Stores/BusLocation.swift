import APIModels
import Foundation
import LineFiles
package import Logging
package import MessageBus
package import MessageBusKafka
import MessageBusSQLite
import RDKafka
import Saga

/// Where the message bus is.
package enum BusLocation {
    /// A folder of SQLite files that processes on one machine share, made at the first start.
    case folder(String)
    /// Brokers, with settings of librdkafka's, and what topics' names begin with there. Topics are
    /// made by `giro topics apply`.
    case kafka(KafkaOptions, prefix: String)

    /// - Throws: ``Failure`` where bus is neither brokers nor a path.
    init(_ values: SettingValues, of node: NodeName, in folder: NodeFolder) throws {
        let text = values.text("bus") ?? "../bus"
        let prefix = try Self.topicPrefix(values)
        guard text.hasPrefix(Self.scheme) else {
            guard prefix.isEmpty else {
                throw values.refusal(
                    "kafka.topicPrefix", prefix,
                    "it is for brokers, and bus is a folder: leave it out, and give each "
                        + "installation a folder")
            }
            guard PathText.isClear(text) else { throw Self.refusal(values, text) }
            self = .folder(folder.path(text))
            return
        }
        let brokers = String(text.dropFirst(Self.scheme.count))
        guard Self.areBrokers(brokers) else { throw Self.refusal(values, text) }
        var client = ClientOptions(bootstrapServers: brokers, clientID: "giro.\(node)")
        if let properties = values.text("kafka.properties") {
            client.settings = try Self.settings(folder.path(properties))
        }
        self = .kafka(KafkaOptions(client: client), prefix: prefix)
    }

    private static let scheme = "kafka://"

    private static func topicPrefix(_ values: SettingValues) throws -> String {
        let prefix = values.text("kafka.topicPrefix") ?? ""
        guard Topic.isPrefix(prefix) else {
            throw values.refusal(
                "kafka.topicPrefix", prefix,
                "write at most 60 letters, digits, dots, underscores and hyphens, with no dot at "
                    + "the beginning, as in \"test.\"")
        }
        return prefix
    }

    /// Whether each is a host and a port, as `kafka-1:9092,[::1]:9092`.
    private static func areBrokers(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { broker in
            guard case .tcp(let host, let port)? = NodeAddress(listen: String(broker)) else {
                return false
            }
            return port > 0
                && host.utf8.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."),
                        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                        UInt8(ascii: ":"), UInt8(ascii: "%"):
                        true
                    default: false
                    }
                }
        }
    }

    private static func refusal(_ values: SettingValues, _ text: String) -> Failure {
        let shown = text.contains("@") ? "" : " (\(text))"
        return Failure(
            .unavailable,
            "\(values.label("bus"))\(shown) is neither brokers nor a folder. Write "
                + "kafka://HOST:PORT,HOST:PORT in small letters and without blanks, or a path, as "
                + "../bus.")
    }

    /// Its connections that others on the network could read.
    var clearTransports: [ClearTransport] {
        switch self {
        case .folder: []
        case .kafka(let options, _):
            ClearTransport.all(of: options.client.bootstrapServers, options.client.settings)
        }
    }

    /// The settings can make librdkafka load code, so only their owner may write them; where they
    /// hold a password, only their owner may read them, and the keys that they name.
    private static func settings(_ path: String) throws -> [String: String] {
        let settings = try checking("kafka.properties: \(path)") { () throws(LineFileError) in
            let file = try LineFile(path: path, rights: .ownerWrites)
            let settings = try PropertyFile(file).settings
            if settings.keys.contains(where: isSecret) { try FileRights.owner.check(path) }
            return settings
        }
        for name in ["ssl.key.location", "ssl.keystore.location"] {
            guard let key = settings[name], FileManager.default.fileExists(atPath: key) else {
                continue
            }
            try checking("\(name): \(key)") { () throws(LineFileError) in
                try FileRights.owner.check(key)
            }
        }
        return settings
    }

    private static func isSecret(_ name: String) -> Bool {
        name.hasSuffix("password") || name.hasSuffix("secret") || name == "ssl.key.pem"
            || name == "sasl.jaas.config"
    }

    private static func checking<Value>(
        _ source: String, _ body: () throws(LineFileError) -> Value
    ) throws -> Value {
        do throws(LineFileError) {
            return try body()
        } catch {
            throw Failure(.unavailable, "\(source): \(error.message).")
        }
    }

    /// - Throws: ``Failure`` where others may write to the folder of the bus, or its files.
    private func checkRights() throws {
        guard case .folder(let path) = self else { return }
        guard !isMissing else {
            return try Self.checking(path) { () throws(LineFileError) in
                try FileRights.checkFoldersAbove(path)
            }
        }
        try checkFolder(path)
        // A folder that cannot be listed is refused when its files are opened.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where name.contains(".sqlite") {
            try checkWriters(of: "\(path)/\(name)")
        }
    }

    package func open(_ logger: Logger) async throws -> any MessageBus {
        try checkRights()
        switch self {
        case .folder(let path): return try await SQLiteMessageBus.open(at: path)
        case .kafka(let options, let prefix):
            let bus = try await KafkaMessageBus.open(options, logger: logger)
            return prefix.isEmpty ? bus : PrefixedMessageBus(bus, prefix: prefix)
        }
    }

    /// What topics' names begin with there.
    package var topicPrefix: String {
        switch self {
        case .folder: ""
        case .kafka(_, let prefix): prefix
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
    package var isMissing: Bool {
        switch self {
        case .folder(let path): !FileManager.default.fileExists(atPath: path)
        case .kafka: false
        }
    }
}

extension BusLocation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .folder(let path): path
        case .kafka(let options, _): "kafka://\(options.client.bootstrapServers)"
        }
    }
}
