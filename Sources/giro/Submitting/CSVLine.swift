/// One line of a CSV file (RFC 4180). A field may be quoted, a quote in it is doubled; a line break
/// inside a field is not supported, so that one broken line cannot swallow the next.
enum CSVLine {
    /// The line's fields; `nil` if a quote stands where none may, or is never closed.
    static func fields(of line: String) -> [String]? {
        var fields: [String] = []
        var rest = Substring(line).unicodeScalars
        while true {
            guard let field = takeField(from: &rest) else { return nil }
            fields.append(field)
            guard let separator = rest.popFirst() else { return fields }
            guard separator == "," else { return nil }
        }
    }

    private static func takeField(from rest: inout Substring.UnicodeScalarView) -> String? {
        guard rest.first == "\"" else {
            let end = rest.firstIndex(of: ",") ?? rest.endIndex
            defer { rest = rest[end...] }
            return rest[..<end].contains("\"") ? nil : String(rest[..<end])
        }
        rest.removeFirst()
        var field = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            guard scalar == "\"" else {
                field.append(scalar)
                continue
            }
            guard rest.first == "\"" else { return String(field) }
            field.append(scalar)
            rest.removeFirst()
        }
        return nil
    }

    /// A line of `fields`, quoted where it has to be.
    static func text(of fields: [String]) -> String {
        fields.map { field in
            let isPlain = !field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
            return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",")
    }
}
