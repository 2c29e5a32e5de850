import Foundation

/// What the flags, the environment and node.yaml set, in this order of precedence: read strictly,
/// so that no setting silently means its default.
package struct SettingValues {
    private struct Value {
        let text: String
        /// How people find it: `--listen`, `GIRO_LISTEN`, or its name in node.yaml.
        let label: String
    }

    private var values: [String: Value] = [:]

    /// - Parameter flags: What the command line said, by setting.
    /// - Throws: ``Failure`` that names everything which is no setting or has no value.
    package init(
        of folder: NodeFolder, flags: [String: String],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let file = try SettingsFile(path: folder.configuration)
        for (name, value) in file.values { values[name] = Value(text: value.text, label: name) }
        for setting in Setting.all {
            // One that is empty is refused below, with all variables of Giro's.
            if let variable = setting.variable, let text = environment[variable], !text.isEmpty {
                values[setting.name] = Value(text: text, label: variable)
            }
            if let text = flags[setting.name] {
                let flag = setting.name.split(separator: ".").joined(separator: "-")
                    .replacing(/[A-Z]/) { "-" + $0.output.lowercased() }
                values[setting.name] = Value(text: text, label: "--\(flag)")
            }
        }
        var faults = file.faults.map { "\(folder.configuration): \($0)" }
        faults += SettingVariables.faults(in: environment)
        faults += Setting.all.compactMap(fault)
        guard faults.isEmpty else {
            throw Failure(.unavailable, faults.joined(separator: ". ").endingWithStop)
        }
    }

    /// What is wrong with any text, whatever it means.
    private func fault(in setting: Setting) -> String? {
        guard let value = values[setting.name] else { return nil }
        let (text, label) = (value.text, value.label)
        if text.isEmpty { return "\(label) is empty; give it a value, or leave it out" }
        if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return "\(label) holds a control character or a line's end; remove it"
        }
        if text.first == " " || text.last == " " {
            return "\(label) begins or ends with a blank; remove it"
        }
        if case .path = setting.kind, text.hasPrefix("~") {
            return "\(label) begins with ~, which only a shell replaces; write the whole path"
        }
        if case .path = setting.kind, !PathText.isClear(text) {
            return "\(label) is no path: it has a scheme, an address, a list or a key=value in it; "
                + "if it is meant as a file's name, write ./ in front of it"
        }
        return nil
    }

    /// How people find what is set: for messages.
    func label(_ name: String) -> String { values[name]?.label ?? name }

    /// `nil` where it is not set.
    func text(_ name: String) -> String? {
        precondition(Setting.byName[name] != nil, "\(name) must be in the table of settings")
        return values[name]?.text
    }

    func flag(_ name: String) throws -> Bool {
        guard case .flag(let standard)? = Setting.byName[name]?.kind else {
            preconditionFailure("\(name) must be a flag in the table of settings")
        }
        switch text(name) {
        case nil: return standard
        case "true": return true
        case "false": return false
        case let text?: throw refusal(name, text, "use true or false")
        }
    }

    /// In digits, from 1 on.
    func count(_ name: String) throws -> Int {
        guard case .count(let standard, let most)? = Setting.byName[name]?.kind else {
            preconditionFailure("\(name) must be a count in the table of settings")
        }
        guard let text = text(name) else { return standard }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !text.hasPrefix("0"),
            let count = Int(text), count <= most
        else { throw refusal(name, text, "use a number from 1 to \(most)") }
        return count
    }

    func milliseconds(_ name: String) throws -> Duration { .milliseconds(try count(name)) }

    /// In their order; none where it is not set.
    func words(_ name: String) throws -> [String] {
        guard case .words(let known)? = Setting.byName[name]?.kind else {
            preconditionFailure("\(name) must be a list in the table of settings")
        }
        guard let text = text(name) else { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard words.allSatisfy(known.contains) else {
            throw refusal(name, text, "use one or more of: \(known.joined(separator: ", "))")
        }
        return words
    }

    /// - Parameter advice: What to write instead.
    func refusal(_ name: String, _ text: String, _ advice: String) -> Failure {
        Failure(.unavailable, "\(label(name)) is \"\(text)\"; \(advice).")
    }

    /// A path that leads somewhere from the node's folder on.
    package func path(_ name: String, _ standard: String, in folder: NodeFolder) -> String {
        folder.path(text(name) ?? standard)
    }
}

extension String {
    fileprivate var endingWithStop: String { hasSuffix("?") || hasSuffix(".") ? self : self + "." }
}
