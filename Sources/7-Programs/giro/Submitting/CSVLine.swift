import Deployment

/// One record of a CSV file (RFC 4180). A field may stand in quotation marks, those in it are
/// doubled.
enum CSVLine {
    /// A quotation mark stands where none may. `field` counts from 1.
    enum Fault: Error, Equatable, CustomStringConvertible {
        case markInside(field: Int)
        case blankBeforeMark(field: Int)
        case textBehindMark(field: Int)
        case open(field: Int)

        var description: String {
            switch self {
            case .markInside(let field):
                "A quotation mark stands inside field \(field): put the field in quotation marks, "
                    + "and double those inside it."
            case .blankBeforeMark(let field):
                "A blank stands before the quotation mark of field \(field): remove it."
            case .textBehindMark(let field):
                "Field \(field) continues after its closing quotation mark: double the marks that "
                    + "belong to the field."
            case .open(let field):
                "Field \(field) begins with a quotation mark, and none closes it."
            }
        }
    }

    /// The record's fields.
    static func fields(of record: String) throws(Fault) -> [String] {
        var fields: [String] = []
        var rest = Array(record.utf8)[...]
        while true {
            fields.append(try takeField(from: &rest, number: fields.count + 1))
            guard rest.popFirst() != nil else { return fields }
        }
    }

    private static let mark = UInt8(ascii: "\"")
    private static let separator = UInt8(ascii: ",")

    /// Takes a field, and leaves its separator.
    private static func takeField(
        from rest: inout ArraySlice<UInt8>, number: Int
    ) throws(Fault) -> String {
        guard rest.first == mark else {
            let field = rest.prefix { $0 != separator }
            rest = rest[field.endIndex...]
            if let inside = field.firstIndex(of: mark) {
                let isBlank = field[..<inside].allSatisfy { $0 == UInt8(ascii: " ") }
                throw isBlank ? .blankBeforeMark(field: number) : .markInside(field: number)
            }
            return String(decoding: field, as: UTF8.self)
        }
        rest.removeFirst()
        var field: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == mark else {
                field.append(byte)
                continue
            }
            if rest.first == mark {
                field.append(rest.removeFirst())
            } else if rest.first.map({ $0 == separator }) ?? true {
                return String(decoding: field, as: UTF8.self)
            } else {
                throw .textBehindMark(field: number)
            }
        }
        throw .open(field: number)
    }

    /// A line of `fields`, in quotation marks where they have to be.
    static func text(of fields: [String]) -> String {
        fields.map { field in
            let isPlain = !field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
            return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",")
    }
}

extension String {
    /// For a field of a CSV file that a spreadsheet may open: nothing in it is a formula, and
    /// nothing in it is an order to a terminal. What was there can still be told: `\u{3D}` for `=`.
    ///
    /// A formula begins with `=`, `+`, `-`, `@`, or one of these in full width; also behind a
    /// separator of another kind than the file's, since a spreadsheet may be set to that one.
    var inert: String {
        var text = ""
        var mayBegin = true
        for scalar in visible().unicodeScalars {
            if mayBegin, Self.formulaMarks.contains(scalar) {
                text += scalar.escaped
            } else {
                text.unicodeScalars.append(scalar)
            }
            let isPassedOver = scalar.properties.isWhitespace || Self.quotes.contains(scalar)
            mayBegin = Self.separators.contains(scalar) || (mayBegin && isPassedOver)
        }
        return text
    }

    private static let formulaMarks = Set("=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars)
    /// Not the comma: there the field is in quotation marks.
    private static let separators = Set(";|".unicodeScalars)
    private static let quotes = Set("\"'".unicodeScalars)
}
