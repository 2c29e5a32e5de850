import Testing

/// The house style, as far as a machine can check it.
struct TidyTests {
    @Test("Files fit in 400 lines", arguments: SourceFile.all)
    func fileLength(_ file: SourceFile) {
        #expect(file.lines.count <= 400)
    }

    @Test("Lines fit in 100 characters", arguments: SourceFile.all)
    func lineLength(_ file: SourceFile) {
        let long = file.lines.enumerated().filter { $1.count > 100 }.map { $0.offset + 1 }
        #expect(long.isEmpty, "lines \(long)")
    }

    @Test("Functions fit in 60 lines", arguments: SourceFile.all)
    func functionLength(_ file: SourceFile) {
        var start: (line: Int, indent: Int)?
        for (number, text) in file.code {
            let indent = text.prefix { $0 == " " }.count
            if text.contains("func ") && text.hasSuffix("{") { start = (number, indent) }
            if let open = start, text == String(repeating: " ", count: open.indent) + "}" {
                #expect(number - open.line <= 60, "the function at line \(open.line)")
                start = nil
            }
        }
    }

    @Test("Nothing is forced, and only the command line prints", arguments: SourceFile.sources)
    func nothingForced(_ file: SourceFile) {
        var words = ["try! ", " as! ", "fatalError(", ".unsafelyUnwrapped", "NSLog("]
        if file.module != "giro" { words.append(" print(") }
        #expect(file.places(of: words).isEmpty)
    }

    @Test("No type is named for nothing in particular", arguments: SourceFile.sources)
    func names(_ file: SourceFile) {
        let vague = ["Manager", "Helper", "Utils", "Common"]
        let declarations = file.code.filter { line in
            ["struct ", "class ", "enum ", "actor ", "protocol "].contains {
                line.text.contains($0)
            }
        }
        let places = declarations.filter { line in vague.contains { line.text.contains($0) } }
        #expect(places.isEmpty)
    }

    @Test("Amounts are never floating-point numbers", arguments: SourceFile.sources)
    func noFloatingPointMoney(_ file: SourceFile) {
        let pure = ["Saga", "Ledger", "Stock", "Approval", "Wire", "Engine", "Audit"]
        guard pure.contains(file.module) else { return }
        #expect(file.places(of: ["Double", "Float"]).isEmpty)
    }
}

/// The architecture: arrows point down, and what is pure stays pure.
struct ArchitectureTests {
    /// What each module may import of this package.
    static let arrows: [String: Set<String>] = [
        "Saga": [],
        "Ledger": ["Saga"],
        "Stock": ["Saga"],
        "Approval": ["Saga"],
        "Wire": ["Saga", "Ledger", "Stock", "Approval"],
        "EventLog": ["Saga", "Wire"],
        "EventLogSQLite": ["EventLog", "Saga"],
        "LibPQ": [],
        "LineFiles": [],
        "RDKafka": [],
        "ChildProcess": [],
        "Randomness": [],
        "EventLogPostgres": ["EventLog", "LibPQ", "Saga"],
        "MessageBus": ["Saga"],
        "MessageBusSQLite": ["MessageBus", "Saga"],
        "MessageBusKafka": ["MessageBus", "RDKafka", "Saga"],
        "Engine": ["Saga", "Wire", "EventLog", "MessageBus"],
        "Node": ["Engine", "Saga", "Wire", "EventLog", "MessageBus"],
        "Statements": ["Engine", "Ledger", "Saga", "Wire", "EventLog"],
        "PrometheusText": [],
        "NodeAPI": [
            "Statements", "PrometheusText", "LineFiles", "Node", "Engine", "Ledger", "Saga",
            "Wire", "EventLog", "MessageBus",
        ],
        "NodeClient": ["NodeAPI", "Ledger", "Saga"],
        "Audit": ["Engine", "Ledger", "Saga", "Wire", "EventLog"],
        "Simulation": [
            "Node", "Randomness",
            "Engine", "Approval", "Ledger", "Stock", "Saga", "Wire", "EventLog", "MessageBus",
        ],
    ]

    static let pure = ["Saga", "Ledger", "Stock", "Approval"]

    @Test("Modules import only what lies below them", arguments: SourceFile.sources)
    func imports(_ file: SourceFile) throws {
        guard file.module != "giro" else { return }
        let allowed = try #require(
            Self.arrows[file.module], "add \(file.module) to the architecture")
        let own = imported(by: file).filter { Self.arrows[$0] != nil || $0 == "giro" }
        #expect(own.subtracting(allowed).isEmpty)
    }

    @Test("The rules know no Foundation, no clock and no waiting", arguments: SourceFile.sources)
    func purity(_ file: SourceFile) {
        guard Self.pure.contains(file.module) else { return }
        #expect(imported(by: file).subtracting(Self.pure).isEmpty)
        #expect(file.places(of: [" async ", "await ", "Task ", "Date(", "random("]).isEmpty)
    }

    @Test("The engine does not wait and reads no clock", arguments: SourceFile.sources)
    func engineIsPure(_ file: SourceFile) {
        guard file.module == "Engine" else { return }
        #expect(file.places(of: [" async ", "await ", "Task {", "Clock.", "random("]).isEmpty)
    }

    @Test("A simulation has time, chance and tasks of its own", arguments: SourceFile.sources)
    func simulationIsDeterministic(_ file: SourceFile) {
        guard file.module == "Simulation", !file.path.hasSuffix("SimulationRuns.swift") else {
            return
        }
        let foreign = ["Task {", "Task.detached", "Task.sleep", "ContinuousClock", "random("]
        #expect(file.places(of: foreign).isEmpty)
    }

    private func imported(by file: SourceFile) -> Set<String> {
        Set(
            file.code.compactMap { line in
                let words = line.text.split(separator: " ").map(String.init)
                guard let index = words.firstIndex(of: "import"), index <= 2,
                    words.indices.contains(index + 1)
                else { return nil }
                return words[index + 1]
            })
    }
}
