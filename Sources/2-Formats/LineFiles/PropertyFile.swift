/// A file of settings, a `name=value` a line, as librdkafka's tools read them.
///
/// Blanks around the name and the value mean nothing. The value is all that stands behind the
/// first `=`, so it may hold `=` and `#`. A name that is set twice, or to nothing, is refused:
/// which of two values was meant, or whether a default was, cannot be known.
public struct PropertyFile: Hashable, Sendable {
    /// By name.
    public let settings: [String: String]

    /// - Throws: ``LineFileError`` `.malformed`. It names settings and shows no values.
    public init(_ file: LineFile) throws(LineFileError) {
        var settings: [String: (value: String, line: Int)] = [:]
        for line in file.lines {
            // The words of a line that is no setting may be a password's.
            guard let equals = line.text.firstIndex(of: "="), equals > line.text.startIndex else {
                throw LineFileError(
                    .malformed, line: line.number, "is not a setting; use name=value")
            }
            let name = line.text[..<equals].withoutBlanksAround
            let value = line.text[line.text.index(after: equals)...].withoutBlanksAround
            if let former = settings[name] {
                throw LineFileError(
                    .malformed, line: line.number,
                    "sets \(name) again, after line \(former.line); remove one of them")
            }
            guard !value.isEmpty else {
                throw LineFileError(
                    .malformed, line: line.number,
                    "gives \(name) no value; give it one, or remove the line")
            }
            settings[name] = (value, line.number)
        }
        self.settings = settings.mapValues(\.value)
    }
}
