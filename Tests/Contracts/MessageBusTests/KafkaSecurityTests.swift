import MessageBus
import MessageBusKafka
import RDKafka
import TestServers
import TestTags
import Testing

/// TLS with a private CA, and logins.
@Suite(.tags(.kafka, .slow), .onlyInFullRuns) struct KafkaSecurityTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        var host = "IP:127.0.0.1"
        var isExpired = false
        var trustsOther = false
        /// What the error says; `nil`: the connection is accepted.
        var said: String?
    }

    @Test(.needsTansu, arguments: [
        Case(description: "right"),
        Case(description: "wrong CA", trustsOther: true, said: "no trusted authority"),
        Case(description: "expired", isExpired: true, said: "has expired"),
        Case(description: "wrong name", host: "DNS:elsewhere.example", said: "another name"),
    ])
    func `A broker is trusted by its CA, its time and its name`(it: Case) async throws {
        try await withTestFolder { folder in
            let certificates = try await TestCertificates(in: folder)
            let certificate = try await certificates.makeServer(
                "broker", host: it.host, isExpired: it.isExpired)
            let port = try freePort()
            try await withBroker(.tansu, advertisedPort: port) { broker in
                let front = try await TLSFront(
                    on: port, to: broker.port, certificate: certificate, folder: folder)
                let authority =
                    it.trustsOther ? certificates.otherAuthority : certificates.authority
                let client = ClientOptions(
                    bootstrapServers: broker.address,
                    settings: ["security.protocol": "ssl", "ssl.ca.location": authority],
                    requestTimeout: .seconds(it.said == nil ? 10 : 2))
                let bus = try await KafkaMessageBus.open(
                    KafkaOptions(client: client), logger: quiet)
                do throws(BusError) {
                    try await bus.create([topic])
                    try await bus.publish([record("secret")], to: topic.name)
                    #expect(it.said == nil)
                } catch {
                    #expect(error.code == .unavailable)
                    #expect(it.said.map { error.message.contains($0) } == true, "\(error)")
                    #expect(error.message.contains("ssl.ca.location"), "\(error)")
                }
                await bus.close()
                await front.stop()
            }
        }
    }

    /// What a client shows to a front that asks for its certificate.
    enum Shown: CaseIterable {
        case right, nothing, otherAuthority, expired, wrongKey

        /// What the error says; `nil`: the connection is accepted.
        var said: String? {
            switch self {
            case .right: nil
            // A client shows nothing to who would not take what it has.
            case .nothing: "asks for a client certificate, and none is set"
            case .otherAuthority: "it asks for one, and got none that it would take"
            case .expired: "it has expired): check ssl.certificate.location"
            case .wrongKey: "ssl.key.location failed"
            }
        }
    }

    @Test(.needsTansu, arguments: Shown.allCases)
    func `A client is trusted by its certificate, where the brokers ask for one`(
        _ shown: Shown
    ) async throws {
        try await withTestFolder { folder in
            let certificates = try await TestCertificates(in: folder)
            let certificate = try await certificates.makeServer("broker", host: "IP:127.0.0.1")
            var settings = try await client(showing: shown, certificates)
            settings["security.protocol"] = "ssl"
            settings["ssl.ca.location"] = certificates.authority
            let port = try freePort()
            try await withBroker(.tansu, advertisedPort: port) { [settings] broker in
                let front = try await TLSFront(
                    on: port, to: broker.port, certificate: certificate,
                    clientAuthority: certificates.authority, folder: folder)
                let options = ClientOptions(
                    bootstrapServers: broker.address, settings: settings,
                    requestTimeout: .seconds(shown == .right ? 10 : 2))
                do throws(BusError) {
                    try await speak(options)
                    #expect(shown == .right)
                } catch {
                    #expect(shown != .right)
                    #expect(shown.said.map { error.message.contains($0) } == true, "\(error)")
                }
                await front.stop()
            }
        }
    }

    private func speak(_ options: ClientOptions) async throws(BusError) {
        let bus = try await KafkaMessageBus.open(KafkaOptions(client: options), logger: quiet)
        do throws(BusError) {
            try await bus.create([topic])
            _ = try await bus.publish([record("secret")], to: topic.name)
        } catch {
            await bus.close()
            throw error
        }
        await bus.close()
    }

    private func client(
        showing shown: Shown, _ certificates: TestCertificates
    ) async throws -> [String: String] {
        guard shown != .nothing else { return [:] }
        let path = certificates.folder + "/client"
        _ = try await certificates.makeServer(
            "client", host: "DNS:bank-a", isExpired: shown == .expired,
            signer: shown == .otherAuthority ? "other" : "ca")
        let key = certificates.folder + (shown == .wrongKey ? "/other.key" : "/client.key")
        return ["ssl.certificate.location": path + ".crt", "ssl.key.location": key]
    }

    /// noida takes any password: what is tested is that the login is made.
    @Test
    func `A login goes with the connection`() async throws {
        try await withBroker(.noida) { broker in
            let settings = [
                "security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN",
                "sasl.username": "bank-a", "sasl.password": "secret",
            ]
            try await withBus(at: broker.address, settings: settings) { bus in
                try await bus.publish([record("r")], to: topic.name)
                #expect(try await bus.contents(of: topic).map(text) == ["r"])
            }
        }
    }
}
