import Deployment

/// Rows in columns for a terminal: numbers to the right, everything else to the left. What a
/// terminal would obey is escaped.
struct Table {
    private let headings: [String]
    private var rows: [[String]] = []

    init(_ headings: String...) {
        self.headings = headings
    }

    mutating func add(_ cells: String...) {
        precondition(cells.count == headings.count, "a row has a cell for every heading")
        rows.append(cells.map { $0.visible() })
    }

    var text: String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        let isNumeric = headings.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { isNumber($0[column]) }
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (isNumeric[column] ? padding + cell : cell + padding) + "  "
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([line(headings), rule] + rows.map(line)).joined(separator: "\n")
    }

    /// A number, or an amount with its currency.
    private func isNumber(_ cell: String) -> Bool {
        cell.wholeMatch(of: /-?[0-9]+(?:\.[0-9]+)?(?: [A-Z]{3})?/) != nil
    }
}
