import ChildProcess
import Foundation
import Synchronization

/// Certificates of a private CA, made by `openssl` in a folder of a test's own.
public struct TestCertificates: Sendable {
    public let folder: String

    public var authority: String { folder + "/ca.crt" }
    /// A CA that signed nothing here.
    public var otherAuthority: String { folder + "/other.crt" }

    /// - Throws: ``TestServerError`` with what `openssl` said.
    public init(in folder: String) async throws {
        self.folder = folder
        for name in ["ca", "other"] {
            try await openssl([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).crt",
            ])
        }
    }

    /// Makes `NAME.pem` with a key and a certificate for `host`; `NAME.key` and `NAME.crt` too.
    ///
    /// - Parameter signer: The authority's name: `ca` or `other`.
    /// - Returns: Its path.
    public func makeServer(
        _ name: String, host: String, isExpired: Bool = false, signer: String = "ca"
    ) async throws -> String {
        let path = "\(folder)/\(name)"
        try "subjectAltName=\(host)\n".write(
            toFile: path + ".ext", atomically: false, encoding: .utf8)
        try await openssl([
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            path + ".key", "-out", path + ".csr",
        ])
        // openssl takes no days in the past, but a negative number of them.
        try await openssl([
            "x509", "-req", "-in", path + ".csr", "-CA", "\(folder)/\(signer).crt",
            "-CAkey", "\(folder)/\(signer).key", "-CAcreateserial",
            "-days", isExpired ? "-1" : "2", "-extfile", path + ".ext", "-out", path + ".crt",
        ])
        let parts = try [".key", ".crt"].map {
            try String(contentsOfFile: path + $0, encoding: .utf8)
        }
        try parts.joined().write(toFile: path + ".pem", atomically: false, encoding: .utf8)
        return path + ".pem"
    }

    private func openssl(_ arguments: [String]) async throws {
        let errors = folder + "/openssl.errors"
        let child = try startProcess(
            "/usr/bin/openssl", arguments, output: "/dev/null", errors: errors)
        guard await child.end() == 0 else {
            let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            throw TestServerError("openssl \(arguments[0]): \(said.suffix(500))")
        }
    }
}

/// Takes TLS connections on a port and passes what they carry to another (`stunnel4`), for servers
/// that speak no TLS themselves.
public final class TLSFront: Sendable {
    private let process: ChildProcess

    /// - Parameters:
    ///   - certificate: A file with a key and a certificate.
    ///   - clientAuthority: Who must have signed the certificate that every client has to show;
    ///     `nil`: none is asked for.
    ///   - folder: Where its settings and its log go.
    public init(
        on port: UInt16, to target: UInt16, certificate: String, clientAuthority: String? = nil,
        folder: String
    ) async throws {
        let settings = folder + "/stunnel-\(port).conf"
        try """
            foreground = yes
            pid =
            [front]
            accept = 127.0.0.1:\(port)
            connect = 127.0.0.1:\(target)
            cert = \(certificate)
            \(clientAuthority.map { "verifyChain = yes\nCAfile = \($0)" } ?? "")
            """.write(toFile: settings, atomically: false, encoding: .utf8)
        let errors = folder + "/stunnel-\(port).errors"
        process = try await startServer(
            "/usr/bin/stunnel4", [settings], output: "/dev/null", errors: errors)
        let deadline = ContinuousClock.now + .seconds(20)
        while !isListening(on: port) {
            guard process.isRunning, ContinuousClock.now < deadline else {
                let said = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
                throw TestServerError("stunnel4: \(said.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    public func stop() async {
        process.send(SIGKILL)
        _ = await process.end()
    }
}
