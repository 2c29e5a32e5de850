import ChildProcess
import Foundation

/// A folder of certificates for tests, made with `openssl`: `NAME.crt` and `NAME.key`, PEM.
public struct CertificateFolder: Sendable {
    public let path: String

    public init(_ path: String) async throws {
        self.path = path
    }

    /// A certificate authority that signs itself.
    public func makeAuthority(_ name: String) async throws {
        try await run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(path)/\(name).key",
            "-out", "\(path)/\(name).crt",
        ])
    }

    /// A server's certificate for an IP address, signed by `authority`.
    ///
    /// - Parameter days: How long from now; below zero: it has expired already.
    public func issue(
        _ name: String, address: String, days: Int, authority: String = "ca"
    ) async throws {
        try await run([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=\(name)", "-keyout", "\(path)/\(name).key",
            "-out", "\(path)/\(name).csr",
        ])
        try "subjectAltName=IP:\(address)\n".write(
            toFile: "\(path)/\(name).ext", atomically: true, encoding: .utf8)
        try await run([
            "x509", "-req", "-in", "\(path)/\(name).csr", "-CA", "\(path)/\(authority).crt",
            "-CAkey", "\(path)/\(authority).key", "-CAcreateserial", "-days", "\(days)",
            "-extfile", "\(path)/\(name).ext", "-out", "\(path)/\(name).crt",
        ])
    }

    private func run(_ arguments: [String]) async throws {
        let log = "\(path)/openssl.log"
        let openssl = try startProcess("/usr/bin/openssl", arguments, output: log, errors: log)
        guard await openssl.end() == 0 else {
            throw TestServerError(
                "openssl: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
        }
    }
}
