import CLibrdkafka
import Synchronization

/// Why a broker's certificate was refused, in words: librdkafka only says that it was.
///
/// Owned by a client; librdkafka's threads write to it until the client's handle is destroyed.
final class CertificateFault: Sendable {
    private let newest = Mutex<String?>(nil)

    var reason: String? { newest.withLock { $0 } }

    /// Has every certificate that OpenSSL refuses noted; what it decides stands.
    func listen(to configuration: OpaquePointer) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_ssl_cert_verify_cb(configuration) {
            _, _, _, error, _, _, _, _, _, owner in
            guard let error, error.pointee != 0 else { return 1 }
            if let owner {
                Unmanaged<CertificateFault>.fromOpaque(owner).takeUnretainedValue()
                    .note(error.pointee)
            }
            return 0
        }
    }

    /// Why the broker refuses this side's certificate, which librdkafka tells as a lost connection:
    /// the alert that ended it (RFC 8446, section 6.2) is in its words only.
    ///
    /// - Returns: `nil` where the words tell of no such alert.
    static func refusal(in words: String) -> String? {
        guard let match = words.firstMatch(of: #/SSL alert number (\d+)/#) else { return nil }
        switch match.output.1 {
        case "116": return "it asks for one, and got none that it would take"
        case "44": return "it was revoked"
        case "45": return "it has expired"
        case "48": return "no authority that the broker trusts has signed it"
        case "42", "43", "46": return "the broker does not take it"
        default: return nil
        }
    }

    /// Whether this side refused the broker's certificate. librdkafka reports some of these as a
    /// lost connection instead of a TLS error.
    static func isVerification(_ words: String) -> Bool {
        words.contains("certificate verify failed")
    }

    /// Whether a handshake ended as at a port that speaks no TLS: it closes the connection, or
    /// answers with bytes that are no TLS.
    static func isNoTLS(_ words: String) -> Bool {
        ["unexpected eof", "wrong version number", "packet length too long", "PLAINTEXT"].contains {
            words.contains($0)
        }
    }

    /// - Parameter error: OpenSSL's, as in X509_verify_cert_error_string(3).
    private func note(_ error: Int32) {
        let reason =
            switch error {
            case 2, 18, 19, 20, 21: "no trusted authority has signed the broker's certificate"
            case 9: "the broker's certificate is not valid yet"
            case 10: "the broker's certificate has expired"
            case 62, 64: "the broker's certificate is for another name or address"
            default: "OpenSSL refuses the broker's certificate with error \(error)"
            }
        newest.withLock { $0 = reason }
    }
}
