import APIModels
import LibPQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection over a network that others can read or change on its way.
///
/// Loopback and Unix sockets stay on this machine and are none. Anything else is refused, unless
/// the setting `insecureTransports` names its kind.
package struct ClearTransport: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case postgresql, kafka, listen
    }

    let kind: Kind
    /// Where it leads.
    let place: String
    /// What to set for encryption.
    let remedy: String

    /// - Returns: `clear`, if each of it is insisted on.
    /// - Throws: ``Failure`` that names the first that is not.
    package static func insisted(
        on kinds: Set<Kind>, among clear: [ClearTransport]
    ) throws -> [ClearTransport] {
        if let refused = clear.first(where: { !kinds.contains($0.kind) }) {
            throw Failure(.unavailable, refused.refusal)
        }
        return clear
    }

    var refusal: String {
        "\(description) is not protected: others on the network could read and change it. "
            + "\(remedy), or insist: insecureTransports: [\(kind.rawValue)] in node.yaml."
    }

    /// TCP on which the API would be reached from other machines: the API has no TLS.
    static func all(of listen: NodeAddress?) -> [ClearTransport] {
        guard case .tcp(let host, _)? = listen, !isLoopback(host) else { return [] }
        return [
            ClearTransport(
                kind: .listen, place: "\(listen.map { "\($0)" } ?? host)",
                remedy: "Listen on 127.0.0.1 behind a proxy that encrypts")
        ]
    }

    /// - Parameter connection: As libpq reads it.
    package static func all(of connection: String) -> [ClearTransport] {
        ConnectionOptions(connection).hostsInClearText.filter { !isLoopback($0) }.map { host in
            ClearTransport(
                kind: .postgresql, place: host,
                remedy: "Add ?sslmode=verify-full&sslrootcert=CA.crt to the connection URI")
        }
    }

    /// - Parameters:
    ///   - brokers: As in `bootstrap.servers`.
    ///   - settings: librdkafka's.
    static func all(of brokers: String, _ settings: [String: String]) -> [ClearTransport] {
        guard let remedy = remedy(for: settings) else { return [] }
        return brokers.split(separator: ",").compactMap { broker in
            let host = broker.prefix(upTo: broker.lastIndex(of: ":") ?? broker.endIndex)
            guard !isLoopback(host.trimmingBrackets) else { return nil }
            return ClearTransport(kind: .kafka, place: String(broker), remedy: remedy)
        }
    }

    /// `nil` where the settings protect the connections.
    private static func remedy(for settings: [String: String]) -> String? {
        let isOff = ["false", "f", "0"]
        guard ["ssl", "sasl_ssl"].contains(settings["security.protocol"]?.lowercased()) else {
            return "Set security.protocol=ssl or sasl_ssl in the file of kafka.properties"
        }
        if let check = settings["enable.ssl.certificate.verification"]?.lowercased(),
            isOff.contains(check)
        {
            return "Remove enable.ssl.certificate.verification from the file of kafka.properties"
        }
        if settings["ssl.endpoint.identification.algorithm"]?.lowercased() == "none" {
            return "Remove ssl.endpoint.identification.algorithm from the file of kafka.properties"
        }
        return nil
    }

    /// Whether what is sent there stays on this machine: `localhost`, 127.0.0.0/8, ::1, or the
    /// path of a socket. Other names may lead anywhere.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host.hasPrefix("/") || host.hasPrefix("@") {
            return true
        }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            return UInt32(bigEndian: four.s_addr) >> 24 == 127
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: six) { [UInt8]($0) }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127]
        return bytes == [UInt8](repeating: 0, count: 15) + [1] || bytes.starts(with: mapped)
    }
}

extension ClearTransport: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .postgresql: "the connection to PostgreSQL on \(place)"
        case .kafka: "the connection to Kafka on \(place)"
        case .listen: "the API on \(place)"
        }
    }
}

extension Substring {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : String(self)
    }
}
