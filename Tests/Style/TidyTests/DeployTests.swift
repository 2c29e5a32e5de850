import Foundation
import Testing
import Yams

/// What is installed and run besides the package, as far as files can say it.
struct DeployTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: SourceFile.root.appendingPathComponent(path), encoding: .utf8)
    }

    static let requirements: [String] = {
        let folder = SourceFile.root.appendingPathComponent("deploy/requirements").path
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test("Every package that tests install is pinned by version and hash", arguments: requirements)
    func pinned(_ name: String) throws {
        let lines = try Self.text("deploy/requirements/" + name)
            .replacing("\\\n", with: " ").split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(!lines.isEmpty)
        for line in lines {
            let pin = /[A-Za-z0-9._-]+==[A-Za-z0-9.]+(?: +--hash=sha256:[0-9a-f]{64})+ */
            #expect(line.wholeMatch(of: pin) != nil, "\(line)")
        }
    }

    @Test("Nothing is installed but by hash, and every file of requirements is used")
    func installed() throws {
        #expect(!Self.requirements.isEmpty)
        let script = try Self.text("deploy/install").replacing("\\\n", with: " ")
        let installs = script.split(separator: "\n").filter { $0.contains("pip install") }
        #expect(installs.count == 1)
        for line in installs {
            #expect(line.contains("--require-hashes") && line.contains("--only-binary :all:"))
        }
        for name in Self.requirements {
            #expect(script.contains("install_tool \(name.dropLast(4)) "), "\(name)")
        }
    }

    @Test("An image from elsewhere is named by its version; a digest behind it is whole")
    func images() throws {
        let lines = try ["deploy/Dockerfile", "deploy/compose.yaml"].flatMap {
            try Self.text($0).split(separator: "\n")
        }
        let names = lines.compactMap { $0.firstMatch(of: /^(?:FROM| +image:) +(\S+)/)?.1 }
            .filter { $0 != "giro" }
        #expect(names.count == 4)
        for name in names {
            let pinned = /[a-z\/]+:[a-z]*[0-9a-z.-]+(?:@sha256:[0-9a-f]{64})?/
            #expect(name.wholeMatch(of: pinned) != nil, "\(name)")
            #expect(!name.contains(":latest"), "\(name)")
        }
    }

    @Test("Containers have no rights, and a bank sees its own volume only")
    func compose() throws {
        let file = try #require(
            try Yams.load(yaml: Self.text("deploy/compose.yaml")) as? [String: Any])
        let services = try #require(file["services"] as? [String: [String: Any]])
        #expect(services.count == 6)
        for (name, service) in services {
            #expect(service["cap_drop"] as? [String] == ["ALL"], "\(name)")
            #expect(service["security_opt"] as? [String] == ["no-new-privileges:true"], "\(name)")
            #expect(service["read_only"] as? Bool == (name != "kafka"), "\(name)")
            #expect(service["mem_limit"] != nil && service["pids_limit"] != nil, "\(name)")
            let ports = service["ports"] as? [String] ?? []
            #expect(ports.allSatisfy { $0.hasPrefix("127.0.0.1:") }, "\(name)")
        }
        for bank in ["bank-a", "bank-b", "hub"] {
            #expect(services[bank]?["volumes"] as? [String] == ["\(bank):/banks/\(bank)"])
        }
    }
}
