import Deployment
import Saga

/// The first line of a CSV file: which column stands where.
struct Heading {
    static let columns = ["id", "from", "to", "via", "amount", "currency", "reference", "timeout"]
    static let text = columns.joined(separator: ",")

    /// As they stand in the file.
    let names: [String]
    /// For each of ``columns``, the field of a record that has it.
    private let fields: [Int]

    /// - Throws: ``Failure`` — what stands there instead.
    init(_ record: RecordReader.Record, of name: String) throws {
        guard let text = String(validating: record.bytes, as: UTF8.self), !record.isCut else {
            throw Self.failure(
                name, "does not begin with text in UTF-8: save it as UTF-8 with the heading")
        }
        try Self.checkSeparator(text, of: name)
        do throws(CSVLine.Fault) {
            names = try CSVLine.fields(of: text)
        } catch {
            throw Self.failure(name, "has a heading that cannot be read (\(error)) It must be")
        }
        guard CommandID(names[0]) == nil else {
            throw Self.failure(
                name, "has no heading: line \(record.line) is a transfer. Put above it")
        }
        if let fault = Self.fault(of: names) {
            throw Self.failure(name, "has another heading than it must have: \(fault). It must be")
        }
        let names = names
        fields = Self.columns.map { names.firstIndex(of: $0) ?? 0 }
    }

    /// The field of a record that is in the column.
    func field(_ column: String, in record: [String]) -> String {
        record[fields[Self.columns.firstIndex(of: column) ?? 0]]
    }

    /// Where records have the id.
    var idField: Int { fields[0] }

    private static func failure(_ name: String, _ what: String) -> Failure {
        Failure(.unavailable, "\(name) \(what): \(text). Nothing was sent.")
    }

    private static func checkSeparator(_ text: String, of name: String) throws {
        guard !text.lowercased().hasPrefix("sep=") else {
            throw Failure(
                .unavailable,
                "\(name) begins with a line for Excel, \(text): remove that line. Nothing was sent."
            )
        }
        let others = [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
        guard !text.contains(","), let other = others.first(where: { text.contains($0.0) }) else {
            return
        }
        throw Failure(
            .unavailable,
            "\(name) is separated by \(other.1): save it with commas between the fields. "
                + "Nothing was sent.")
    }

    /// The order does not matter; everything else does.
    private static func fault(of names: [String]) -> String? {
        let missing = columns.filter { !names.contains($0) }
        let unknown = names.filter { !columns.contains($0) }
        let twice = columns.filter { column in names.count { $0 == column } > 1 }
        func list(_ names: [String]) -> String {
            names.prefix(8).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
        }
        let faults =
            (missing.isEmpty ? [] : ["the column \(list(missing)) is missing"])
            + (unknown.isEmpty ? [] : ["there is no column \(list(unknown))"])
            + (twice.isEmpty ? [] : ["the column \(list(twice)) stands there twice"])
        return faults.isEmpty ? nil : faults.joined(separator: "; ")
    }
}
