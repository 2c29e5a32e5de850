import Foundation

/// What became of each line of a submitted file, as CSV.
enum ResultFile {
    static func write(_ results: [LineResult], to path: String) throws {
        var text = "line,id,verdict,outcome,reason\n"
        for result in results {
            text += CSVLine.text(of: [
                "\(result.number)", result.id, result.verdict, result.outcome.rawValue,
                result.reason,
            ])
            text += "\n"
        }
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Failure(.unavailable, "\(path) cannot be written: \(error)")
        }
    }
}
