import Foundation
import Synchronization

/// Brokers that answer what administration asks, as a test says: what a topic's partitions and
/// settings are, making topics, changing settings. librdkafka's own mock cluster cannot.
///
/// Written to the protocol of Apache Kafka 3.9. A thread for each broker and each connection.
public final class AdminBrokers: Sendable {
    /// What a user may lack the right to.
    public enum Right: Hashable, Sendable {
        case create, describeSettings, alterSettings
    }

    public struct Setting: Hashable, Sendable {
        /// `nil`: the broker keeps it to itself.
        public var value: String?
        /// Of the topic alone; else the brokers' default.
        public var isOwn: Bool

        public init(_ value: String?, isOwn: Bool = true) {
            (self.value, self.isOwn) = (value, isOwn)
        }
    }

    public struct Topic: Sendable {
        public var replicas: Int
        public var inSync: Int
        public var settings: [String: Setting]

        public init(replicas: Int = 3, inSync: Int? = nil, settings: [String: Setting] = [:]) {
            (self.replicas, self.inSync) = (replicas, inSync ?? replicas)
            self.settings = settings
        }
    }

    /// A topic with what brokers that have not learned of a change yet still show.
    private struct Held {
        var now: Topic
        var before: Topic?
        /// How often each broker was asked since the change.
        var asked: [Int: Int] = [:]
    }

    private struct State {
        var topics: [String: Held] = [:]
        var denied: Set<Right> = []
        /// What was asked for, by the names of Kafka's requests.
        var requests: [String] = []
        var lag = 0
        var sockets: [Int32] = []
        var isClosed = false
    }

    public let ports: [UInt16]
    private let listeners: [Int32]
    private let state = Mutex(State())

    /// What clients bootstrap from: the first broker, which learns of everything at once.
    public var address: String { "127.0.0.1:\(ports[0])" }

    /// - Parameter lag: How often each of the other brokers is asked about a topic before it shows
    ///   what was changed.
    public init(count: Int, lag: Int = 0) throws {
        var (listeners, ports): ([Int32], [UInt16]) = ([], [])
        for _ in 0..<count {
            let (listener, port) = try listeningSocket(on: 0)
            listeners.append(listener)
            ports.append(port)
        }
        (self.listeners, self.ports) = (listeners, ports)
        state.withLock { $0.lag = lag }
        for broker in 1...count { Thread.detachNewThread { self.accept(broker) } }
    }

    public func put(_ topic: Topic, as name: String) {
        state.withLock { $0.topics[name] = Held(now: topic, before: topic) }
    }

    /// As it was changed last.
    public func topic(_ name: String) -> Topic? { state.withLock { $0.topics[name]?.now } }

    public func deny(_ rights: Right...) { state.withLock { $0.denied = Set(rights) } }

    public func requests(_ name: String) -> Int {
        state.withLock { state in state.requests.count { $0 == name } }
    }

    /// Whether every broker shows the topic as it was changed last.
    public func isSeenEverywhere(_ name: String) -> Bool {
        state.withLock { state in
            guard let held = state.topics[name] else { return false }
            return (2...max(2, ports.count)).allSatisfy { held.asked[$0, default: 0] >= state.lag }
        }
    }

    /// Ends every connection and listens no longer.
    public func close() {
        let sockets = state.withLock { state in
            state.isClosed = true
            return state.sockets
        }
        for socket in listeners + sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    // MARK: - Connections

    private func accept(_ broker: Int) {
        let listener = listeners[broker - 1]
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else {
                if errno == EINTR { continue }
                Foundation.close(listener)
                return
            }
            let isClosed = state.withLock { state in
                state.sockets.append(client)
                return state.isClosed
            }
            if isClosed { shutdown(client, Int32(SHUT_RDWR)) }
            Thread.detachNewThread {
                self.serve(client, broker)
                self.state.withLock { state in
                    state.sockets.removeAll { $0 == client }
                    Foundation.close(client)
                }
            }
        }
    }

    private func serve(_ client: Int32, _ broker: Int) {
        while let size = Self.read(client, 4), var request = Self.read(
            client, Int(size.reduce(0) { $0 << 8 | UInt32($1) }))
            .map(KafkaBytes.init)
        {
            let (key, version) = (request.int16(), request.int16())
            var answer = KafkaBytes()
            answer.put(int32: request.int32())
            _ = request.string()
            guard answerTo(key, version, &request, &answer, broker) else { return }
            var framed = KafkaBytes()
            framed.put(int32: Int32(answer.bytes.count))
            let bytes = framed.bytes + answer.bytes
            let sent = bytes.withUnsafeBytes {
                send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent == bytes.count else { return }
        }
    }

    private static func read(_ client: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(client, $0.baseAddress.map { $0 + filled }, count - filled, 0)
            }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }

    // MARK: - Answers

    private static let versions: [(key: Int16, most: Int16)] = [
        (2, 1), (3, 1), (18, 3), (19, 1), (32, 1), (33, 0),
    ]

    /// - Returns: Whether the request is one that is known.
    private func answerTo(
        _ key: Int16, _ version: Int16, _ request: inout KafkaBytes, _ answer: inout KafkaBytes,
        _ broker: Int
    ) -> Bool {
        switch key {
        case 2: answerOffsets(&request, &answer)
        case 3: answerMetadata(&request, &answer, broker)
        case 18: answerVersions(version, &answer)
        case 19: answerCreation(&request, &answer)
        case 32: answerSettings(&request, &answer, broker)
        case 33: answerChange(&request, &answer)
        default: return false
        }
        return true
    }

    private func answerVersions(_ version: Int16, _ answer: inout KafkaBytes) {
        answer.put(int16: 0)
        if version >= 3 { answer.put(int8: Int8(Self.versions.count + 1)) } else {
            answer.put(int32: Int32(Self.versions.count))
        }
        for (key, most) in Self.versions {
            for number in [key, 0, most] { answer.put(int16: number) }
            if version >= 3 { answer.put(int8: 0) }
        }
        if version >= 1 { answer.put(int32: 0) }
        if version >= 3 { answer.put(int8: 0) }
    }

    private func answerMetadata(
        _ request: inout KafkaBytes, _ answer: inout KafkaBytes, _ broker: Int
    ) {
        let names = (0..<max(0, request.int32())).map { _ in request.string() ?? "" }
        answer.put(int32: Int32(ports.count))
        for (index, port) in ports.enumerated() {
            answer.put(int32: Int32(index + 1))
            answer.put(string: "127.0.0.1")
            answer.put(int32: Int32(port))
            answer.put(string: nil)
        }
        // The controller: as in KRaft, whichever broker was asked.
        answer.put(int32: Int32(broker))
        answer.put(int32: Int32(names.count))
        for name in names {
            let topic = shown(name, at: broker)
            answer.put(int16: topic == nil ? 3 : 0)
            answer.put(string: name)
            answer.put(int8: 0)
            answer.put(int32: topic == nil ? 0 : 1)
            guard let topic else { continue }
            answer.put(int16: 0)
            answer.put(int32: 0)
            answer.put(int32: 1)
            for count in [topic.replicas, topic.inSync] {
                answer.put(int32: Int32(count))
                for id in 1...max(1, count) where count > 0 { answer.put(int32: Int32(id)) }
            }
        }
    }

    /// What that broker knows of the topic.
    private func shown(_ name: String, at broker: Int) -> Topic? {
        state.withLock { state in
            guard var held = state.topics[name] else { return nil }
            let asked = held.asked[broker, default: 0]
            held.asked[broker] = asked + 1
            state.topics[name] = held
            return broker == 1 || asked >= state.lag ? held.now : held.before
        }
    }

    private func answerOffsets(_ request: inout KafkaBytes, _ answer: inout KafkaBytes) {
        _ = request.int32()
        let topics = request.int32()
        answer.put(int32: topics)
        for _ in 0..<topics {
            answer.put(string: request.string())
            let partitions = request.int32()
            answer.put(int32: partitions)
            for _ in 0..<partitions {
                answer.put(int32: request.int32())
                _ = request.int64()
                answer.put(int16: 0)
                answer.put(int64: -1)
                answer.put(int64: 0)
            }
        }
    }

    private func answerCreation(_ request: inout KafkaBytes, _ answer: inout KafkaBytes) {
        let topics = request.int32()
        answer.put(int32: topics)
        for _ in 0..<topics {
            let name = request.string() ?? ""
            _ = request.int32()
            let replicas = Int(request.int16())
            for _ in 0..<request.int32() {}
            let settings = settings(in: &request)
            let error = create(name, replicas, settings)
            answer.put(string: name)
            answer.put(int16: error)
            answer.put(string: error == 38 ? "Unable to replicate the partition." : nil)
        }
    }

    private func create(_ name: String, _ replicas: Int, _ settings: [String: Setting]) -> Int16 {
        state.withLock { state in
            state.requests.append("CreateTopics")
            guard !state.denied.contains(.create) else { return 29 }
            guard replicas <= ports.count else { return 38 }
            guard state.topics[name] == nil else { return 36 }
            state.topics[name] = Held(now: Topic(replicas: replicas, settings: settings))
            return 0
        }
    }

    private func settings(in request: inout KafkaBytes) -> [String: Setting] {
        var settings: [String: Setting] = [:]
        for _ in 0..<request.int32() {
            let name = request.string() ?? ""
            settings[name] = Setting(request.string())
        }
        return settings
    }

    private func answerSettings(
        _ request: inout KafkaBytes, _ answer: inout KafkaBytes, _ broker: Int
    ) {
        state.withLock { $0.requests.append("DescribeConfigs") }
        let resources = request.int32()
        answer.put(int32: 0)
        answer.put(int32: resources)
        for _ in 0..<resources {
            let kind = request.int8()
            let name = request.string() ?? ""
            for _ in 0..<max(0, request.int32()) { _ = request.string() }
            let topic = shown(name, at: broker)
            let isDenied = state.withLock { $0.denied.contains(.describeSettings) }
            answer.put(int16: isDenied ? 29 : topic == nil ? 3 : 0)
            answer.put(string: nil)
            answer.put(int8: kind)
            answer.put(string: name)
            let settings = isDenied ? [:] : topic?.settings ?? [:]
            answer.put(int32: Int32(settings.count))
            for (name, setting) in settings {
                answer.put(string: name)
                answer.put(string: setting.value)
                answer.put(int8: 0)
                answer.put(int8: setting.isOwn ? 1 : 5)
                answer.put(int8: setting.value == nil ? 1 : 0)
                answer.put(int32: 0)
            }
        }
    }

    /// Replaces all of a topic's own settings, as Kafka does.
    private func answerChange(_ request: inout KafkaBytes, _ answer: inout KafkaBytes) {
        let resources = request.int32()
        answer.put(int32: 0)
        answer.put(int32: resources)
        for _ in 0..<resources {
            let kind = request.int8()
            let name = request.string() ?? ""
            let settings = settings(in: &request)
            let error: Int16 = state.withLock { state in
                state.requests.append("AlterConfigs")
                guard !state.denied.contains(.alterSettings) else { return 29 }
                guard let held = state.topics[name] else { return 3 }
                var topic = held.now
                topic.settings = topic.settings.filter { !$0.value.isOwn }
                    .merging(settings) { $1 }
                state.topics[name] = Held(now: topic, before: held.now)
                return 0
            }
            answer.put(int16: error)
            answer.put(string: nil)
            answer.put(int8: kind)
            answer.put(string: name)
        }
    }
}
