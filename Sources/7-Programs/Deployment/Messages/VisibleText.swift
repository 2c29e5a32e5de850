extension String {
    /// With everything escaped, as `\u{1B}`, that a terminal or an editor would obey instead of
    /// showing it: control characters (C0, DEL, C1), line separators, and invisible formats such as
    /// those that turn the direction of writing around.
    ///
    /// - Parameter keepingLines: Line feeds stay.
    package func visible(keepingLines: Bool = false) -> String {
        func isShown(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isShown || (keepingLines && scalar == "\n")
        }
        guard !unicodeScalars.allSatisfy(isShown) else { return self }
        return unicodeScalars.map { isShown($0) ? String($0) : $0.escaped }.joined()
    }
}

extension String {
    /// As ``visible(keepingLines:)``, for a text of JSON, in which such characters stand only
    /// inside strings: `\u001B`.
    package var visibleJSON: String {
        guard !unicodeScalars.allSatisfy(\.isShown) else { return self }
        return unicodeScalars.map { scalar in
            if scalar.isShown { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16, uppercase: true)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }.joined()
    }
}

extension Unicode.Scalar {
    fileprivate var isShown: Bool {
        if (0x20..<0x7F).contains(value) { return true }
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return false
        // Words and emoji are joined with these two.
        case .format: return value == 0x200C || value == 0x200D
        default: return true
        }
    }

    /// As a Swift literal has it.
    package var escaped: String { "\\u{\(String(value, radix: 16, uppercase: true))}" }
}
