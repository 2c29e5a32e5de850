import Testing

/// The architecture: arrows point down, and what is pure stays pure.
struct ArchitectureTests {
    static let pure = ["Saga", "Backoff", "Ledger", "Stock", "Approval"]

    @Test("An import points to the same or a lower layer", arguments: SourceFile.sources)
    func imports(_ file: SourceFile) throws {
        let layer = try #require(Layer(of: file), "\(file.path) is in no layer")
        for module in file.imports {
            guard let other = Layer.all[module] else { continue }
            #expect(layer.mayImport(other), "\(module) is in \(other.folder)")
        }
    }

    @Test("A lower layer may not import a higher one, nor a layer what is for tests")
    func planted() throws {
        let layer = try { (path: String) in
            try #require(Layer(of: SourceFile(path: "Sources/\(path)/A.swift", lines: [])))
        }
        let (protocols, node) = (try layer("1-Protocol/A"), try layer("5-Node/A"))
        let (program, testing) = (try layer("7-Programs/A"), try layer("Testing/A"))
        #expect(node.mayImport(protocols) && !protocols.mayImport(node))
        #expect(node.mayImport(try layer("5-Evidence/A")))
        #expect(!node.mayImport(testing) && testing.mayImport(node) && program.mayImport(testing))
        #expect(Layer(of: SourceFile(path: "Sources/Saga/A.swift", lines: [])) == nil)
        #expect(SourceFile(path: "", lines: ["public import Node"]).imports == ["Node"])
    }

    @Test("The rules know no Foundation, no clock and no waiting", arguments: SourceFile.sources)
    func purity(_ file: SourceFile) {
        guard Self.pure.contains(file.module) else { return }
        #expect(file.imports.subtracting(Self.pure).isEmpty)
        #expect(file.places(of: [" async ", "await ", "Task ", "Date(", "random("]).isEmpty)
    }

    @Test("The engine does not wait and reads no clock", arguments: SourceFile.sources)
    func engineIsPure(_ file: SourceFile) {
        let foreign = [" async ", "await ", "Task {", "Clock."]
        switch file.module {
        case "Engine": #expect(file.places(of: foreign + ["random("]).isEmpty)
        // These make keys and secrets.
        case "Chain", "PeerProtocol", "JournalReader": #expect(file.places(of: foreign).isEmpty)
        default: break
        }
    }

    @Test("The server knows no kind of node", arguments: SourceFile.sources)
    func serverIsOfNoKind(_ file: SourceFile) {
        guard file.module == "HTTPServer" else { return }
        let kinds: Set = ["Ledger", "LedgerWire", "Statements", "Stock", "StockWire", "Approval"]
        #expect(file.imports.isDisjoint(with: kinds))
    }

    @Test("A simulation has its own time, chance and tasks", arguments: SourceFile.sources)
    func simulationIsDeterministic(_ file: SourceFile) {
        guard file.module == "Simulation", !file.path.hasSuffix("SimulationRuns.swift") else {
            return
        }
        let foreign = ["Task {", "Task.detached", "Task.sleep", "ContinuousClock", "random("]
        #expect(file.places(of: foreign).isEmpty)
    }
}

/// A folder directly below `Sources`: what may import what follows from its number.
private struct Layer {
    let folder: String
    /// The highest is for what simulates and tests the others.
    let number: Int

    static let testing = "Testing"

    /// Of each module.
    static let all: [String: Layer] = Dictionary(
        SourceFile.sources.compactMap { file in Layer(of: file).map { (file.module, $0) } },
        uniquingKeysWith: { first, _ in first })

    init?(of file: SourceFile) {
        let parts = file.path.split(separator: "/").map(String.init)
        guard parts.count > 3 else { return nil }
        folder = parts[1]
        if folder == Self.testing {
            number = .max
        } else if let first = folder.split(separator: "-").first.flatMap({ Int($0) }) {
            number = first
        } else {
            return nil
        }
    }

    /// Programs have commands that simulate, and start other programs.
    func mayImport(_ other: Layer) -> Bool {
        other.number <= number || other.folder == Self.testing && folder == "7-Programs"
    }
}
