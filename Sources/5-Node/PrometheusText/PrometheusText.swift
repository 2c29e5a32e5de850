/// The text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
enum PrometheusText {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`: any other character becomes `_`.
    static func name(_ label: String) -> String { cleaned(label, allowsColon: true) }

    /// As a name, without colons; two underscores in front are Prometheus' own.
    static func labelName(_ name: String) -> String {
        let cleaned = cleaned(name, allowsColon: false)
        return cleaned.hasPrefix("__") ? "label" + cleaned : cleaned
    }

    private static func cleaned(_ text: String, allowsColon: Bool) -> String {
        let characters = text.unicodeScalars.map { scalar -> Character in
            let isAllowed =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || scalar == "_" || (allowsColon && scalar == ":"))
            return isAllowed ? Character(scalar) : "_"
        }
        let cleaned = String(characters)
        return cleaned.first.map { $0.isNumber } ?? true ? "_" + cleaned : cleaned
    }

    static func help(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// `{a="b"}`; empty without labels.
    static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    static func number(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        return String(number)
    }

    static func append(
        _ series: Series, of kind: Family.Kind, _ name: String, to text: inout String
    ) {
        let value = series.current
        guard case .histogram(let bounds) = kind else {
            text += "\(name)\(labels(series.labels)) \(number(value.number))\n"
            return
        }
        var sum: UInt64 = 0
        for (bound, count) in zip(bounds, value.buckets) {
            sum += count
            text += "\(name)_bucket\(labels(series.labels + [("le", number(bound))])) \(sum)\n"
        }
        text += "\(name)_bucket\(labels(series.labels + [("le", "+Inf")])) \(value.count)\n"
        text += "\(name)_sum\(labels(series.labels)) \(number(value.number))\n"
        text += "\(name)_count\(labels(series.labels)) \(value.count)\n"
    }
}
