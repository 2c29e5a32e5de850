import Foundation
import Testing

/// Package.swift decides what is linked: it follows the imports, and a client stays light.
struct ManifestTests {
    @Test("A module depends on the modules that it imports, and on no others")
    func dependencies() throws {
        let manifest = try Manifest.ofPackage()
        let files = SourceFile.sources
        let sources = Dictionary(grouping: files, by: \.module)
        #expect(Set(manifest.targets.keys) == Set(sources.keys))
        for (module, files) in sources {
            let imports = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
            #expect(manifest.mismatch(of: module, importing: imports) == [], "of \(module)")
        }
    }

    @Test("A C module, and a module of another package, that is imported and not listed is found")
    func unlisted() {
        let manifest = Manifest(
            """
            let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
            module("3-Bindings/Binding", ["CLibrary", crypto]),
            module("5-Node/Engine", ["Binding"]),
            """)
        let imports: Set = ["CLibrary", "Crypto", "Foundation"]
        #expect(manifest.mismatch(of: "Binding", importing: imports) == [])
        #expect(manifest.mismatch(of: "Binding", importing: ["Crypto"]) == ["CLibrary"])
        #expect(
            manifest.mismatch(of: "Engine", importing: imports.union(["Binding"]))
                == ["CLibrary", "Crypto"])
    }

    @Test("A client links models and JSON: no web server, no node, no store")
    func client() throws {
        let linked = try Manifest.ofPackage().linked(by: "NodeClient")
        #expect(linked.modules == ["APIModels", "Chain", "Ledger", "Saga", "StrictJSON", "Wire"])
        #expect(
            linked.products == [
                "AsyncHTTPClient", "Crypto", "NIOCore", "NIOHTTP1", "NIOPosix",
            ])
    }

    @Test("The models need nothing that talks")
    func models() throws {
        let linked = try Manifest.ofPackage().linked(by: "APIModels")
        #expect(linked.products == ["Crypto"])
    }

    @Test("What is linked behind other modules is found")
    func planted() {
        let manifest = Manifest(
            """
            let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "h")
            module("2-Formats/Plain"),
            module(
                "6-API/Server", ["Plain", hummingbird,
                ], resources: []),
            module("6-API/Client", ["Server"]),
            .executableTarget(
                name: "program", dependencies: ["Client"], path: "Sources/7-Programs/program"),
            """)
        #expect(Set(manifest.targets.keys) == ["Plain", "Server", "Client", "program"])
        let linked = manifest.linked(by: "program")
        #expect(linked.modules == ["Client", "Server", "Plain"])
        #expect(linked.products == ["Hummingbird"])
    }
}

/// The modules of Package.swift that lie in Sources, and what each depends on.
private struct Manifest {
    struct Dependencies {
        /// Of this package.
        var modules: Set<String> = []
        /// Of other packages, by their own names.
        var products: Set<String> = []
    }

    private(set) var targets: [String: Dependencies] = [:]

    static func ofPackage() throws -> Manifest {
        let file = SourceFile.root.appendingPathComponent("Package.swift")
        return Manifest(try String(contentsOf: file, encoding: .utf8))
    }

    init(_ text: String) {
        let product = /let (\w+) = Target\.Dependency\.product\(\s*name: "(\w+)"/
        let products = Dictionary(
            text.matches(of: product).map { (String($0.output.1), String($0.output.2)) },
            uniquingKeysWith: { first, _ in first })
        let module = /\bmodule\(\s*"[^"]*\/(\w+)"(?:,\s*\[([^\]]*)\])?/
        for match in text.matches(of: module) {
            add(match.output.1, match.output.2 ?? "", products)
        }
        let program =
            /name: "(\w+)",\s*dependencies: \[([^\]]*)\],\s*path: "Sources\/7-Programs/
        for match in text.matches(of: program) {
            add(match.output.1, match.output.2, products)
        }
    }

    private mutating func add(_ name: Substring, _ list: Substring, _ known: [String: String]) {
        var dependencies = Dependencies()
        for item in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            if item.hasPrefix("\"") {
                dependencies.modules.insert(String(item.dropFirst().dropLast()))
            } else {
                dependencies.products.insert(known[String(item)] ?? String(item))
            }
        }
        targets[String(name)] = dependencies
    }

    /// What is imported and not listed, or listed and not imported.
    func mismatch(of module: String, importing imports: Set<String>) -> Set<String> {
        let listed = targets[module] ?? Dependencies()
        return listed.modules.union(listed.products)
            .symmetricDifference(imports.subtracting(Self.toolchain).subtracting([module]))
    }

    /// The modules that come with Swift and with the system.
    private static let toolchain: Set = [
        "Darwin", "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]

    /// What a module depends on, itself or by way of others.
    func linked(by module: String) -> Dependencies {
        var linked = Dependencies()
        var unseen = [module]
        while let next = unseen.popLast() {
            guard let dependencies = targets[next] else { continue }
            linked.products.formUnion(dependencies.products)
            unseen += dependencies.modules.subtracting(linked.modules)
            linked.modules.formUnion(dependencies.modules)
        }
        return linked
    }
}
