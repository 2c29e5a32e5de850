import Foundation

/// A bug that is planted, as the table in `mutants.md` describes it.
struct Mutant: Sendable {
    /// The name of its patch, and what `GIRO_MUTANT` names it by.
    let name: String
    let bug: String
    /// Who may object first.
    let checkers: Set<String>
    /// How many seeds it may take.
    let seedsMax: UInt64

    /// The rows of a Markdown table: name, bug, checkers, seeds.
    static func table(at path: String) throws -> [Mutant] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 4, let seedsMax = UInt64(cells[3]) else {
                throw TableError(line: String(line))
            }
            return Mutant(
                name: cells[0].trimmingCharacters(in: ["`"]), bug: cells[1],
                checkers: Set(
                    cells[2].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }),
                seedsMax: seedsMax)
        }
    }

    /// Every patch has a row, and every row a patch.
    static func check(_ mutants: [Mutant], against patches: String) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: patches)
            .filter { $0.hasSuffix(".patch") }
        let odd = Set(files).symmetricDifference(mutants.map { $0.name + ".patch" })
        guard odd.isEmpty, files.count == mutants.count else {
            throw TableError(line: odd.sorted().joined(separator: ", "))
        }
    }
}

/// The table and the patches do not fit each other.
struct TableError: Error, CustomStringConvertible {
    let line: String

    var description: String { "mutants.md and the patches do not fit: \(line)" }
}
