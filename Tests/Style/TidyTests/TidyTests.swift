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
        // The words that are banned, as texts.
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
        let pure = [
            "Saga", "Ledger", "Stock", "Approval", "Wire", "LedgerWire", "StockWire",
            "ApprovalWire", "Chain", "Links", "Engine", "JournalReader", "Audit",
            "StrictJSON", "APIModels", "BankAPI",
        ]
        guard pure.contains(file.module) else { return }
        #expect(file.places(of: ["Double", "Float"]).isEmpty)
    }
}
