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

    @Test(
        "From formats to evidence, a module knows no participant but those it is for",
        arguments: SourceFile.sources)
    func participants(_ file: SourceFile) {
        #expect(Participants.known(to: file) == [])
    }

    @Test("A participant in the node, or another one's in a codec, is found")
    func plantedParticipants() {
        func known(_ path: String, _ imports: String...) -> Set<String> {
            let lines = imports.map { "public import \($0)" }
            return Participants.known(to: SourceFile(path: "Sources/\(path)/A.swift", lines: lines))
        }
        #expect(known("5-Node/Engine", "Saga", "Stock") == ["Stock"])
        #expect(known("5-Node/Node", "LedgerWire") == ["LedgerWire"])
        #expect(known("2-Formats/StockWire", "Stock", "Ledger") == ["Ledger"])
        #expect(known("5-Node/Statements", "Ledger", "LedgerWire").isEmpty)
        #expect(known("6-API/ShelfAPI", "Stock", "StockWire").isEmpty)
        #expect(Participants.all.isSuperset(of: ["Ledger", "Approval", "StockWire"]))
    }

    @Test("What may know a participant does", arguments: Participants.mayKnow.keys.sorted())
    func allowances(_ module: String) {
        let files = SourceFile.sources.filter { $0.module == module }
        let imports = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
        #expect(imports.intersection(Participants.all) == Participants.mayKnow[module])
    }

    @Test("A C library is called by its binding alone, besides tests", arguments: SourceFile.all)
    func bindings(_ file: SourceFile) {
        #expect(CLibraries.misused(by: file) == [])
    }

    @Test("A C library in the node is found, and every one has its binding")
    func plantedBindings() {
        func misused(_ path: String, _ module: String) -> Set<String> {
            CLibraries.misused(by: SourceFile(path: "\(path)/A.swift", lines: ["import \(module)"]))
        }
        #expect(misused("Sources/5-Node/Engine", "CLibpq") == ["CLibpq"])
        #expect(misused("Sources/3-Bindings/RDKafka", "CLibpq") == ["CLibpq"])
        #expect(misused("Tests/Integration/LibPQTests", "CLibpq") == ["CLibpq"])
        #expect(misused("Sources/3-Bindings/RDKafka", "CLibrdkafka").isEmpty)
        #expect(misused("Tests/Support/MockKafka", "CLibrdkafka").isEmpty)
        #expect(Set(CLibraries.callers.keys) == SourceFile.cModules)
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
        case "Engine", "Links": #expect(file.places(of: foreign + ["random("]).isEmpty)
        // These make keys and secrets.
        case "Chain", "JournalReader": #expect(file.places(of: foreign).isEmpty)
        default: break
        }
    }

    @Test("No file of the server imports a kind of node", arguments: SourceFile.sources)
    func serverImportsNoKind(_ file: SourceFile) {
        guard file.module == "HTTPServer" else { return }
        // Of imports only: by way of APIModels the server links Ledger.
        #expect(file.imports.isDisjoint(with: Participants.all.union(["Statements"])))
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

/// Participants and their codecs: what the layers between them and the API do not know.
private enum Participants {
    static let all: Set<String> = {
        let names = Layer.all.filter { $0.value.folder == "1-Participants" }.keys
        return Set(names).union(names.map { $0 + "Wire" })
    }()

    /// A codec knows its participant; statements and the audit are a bank's.
    static let mayKnow: [String: Set<String>] = [
        "LedgerWire": ["Ledger"], "StockWire": ["Stock"], "ApprovalWire": ["Approval"],
        "Statements": ["Ledger", "LedgerWire"], "Audit": ["Ledger", "LedgerWire"],
    ]

    /// What a file of the layers 2 to 5 imports of them, and may not.
    static func known(to file: SourceFile) -> Set<String> {
        guard let layer = Layer(of: file), (2...5).contains(layer.number) else { return [] }
        return file.imports.intersection(all).subtracting(mayKnow[file.module] ?? [])
    }
}

private enum CLibraries {
    /// The modules that call each: its binding; the calls in CProcess have none.
    static let callers: [String: Set<String>] = [
        "CLibpq": ["LibPQ"], "CLibrdkafka": ["RDKafka"], "CProcess": ["ChildProcess", "giro"],
    ]

    /// What a file imports of them, and may not. Tests call librdkafka's own test cluster.
    static func misused(by file: SourceFile) -> Set<String> {
        let isTest = file.path.hasPrefix("Tests/")
        return file.imports.filter { module in
            guard let callers = callers[module] else { return false }
            return !callers.contains(file.module) && !(isTest && module == "CLibrdkafka")
        }
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
