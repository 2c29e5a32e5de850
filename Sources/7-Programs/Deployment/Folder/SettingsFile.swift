import Foundation
import Yams

/// A node's `node.yaml`, read strictly: every key is a setting, at its place, once, with a value.
struct SettingsFile {
    struct Value {
        let text: String
        let line: Int
    }

    /// By the settings' names. Words of a list are joined by commas.
    private(set) var values: [String: Value] = [:]
    /// What is wrong, in the file's order. Never shows a value: it may be a password.
    private(set) var faults: [String] = []

    /// - Throws: ``Failure``: it cannot be read, or is not YAML.
    init(path: String) throws {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw Failure(.unavailable, "\(path) cannot be read.")
        }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let text = String(validating: bytes.dropFirst(start), as: UTF8.self) else {
            throw Failure(
                .unavailable, "\(path) cannot be used: it is not UTF-8; save it as UTF-8.")
        }
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw Failure(.unavailable, "\(path) cannot be used: \(Self.cause(of: error)).")
        }
        // A file of comments only.
        guard let root, !root.isNull else { return }
        guard let mapping = root.mapping else {
            throw Failure(
                .unavailable,
                "\(path) cannot be used: it must hold settings, a `name: value` a line.")
        }
        read(mapping, in: nil)
    }

    /// The first line of what the parser says: behind it stands a piece of the file.
    private static func cause(of error: YamlError) -> String {
        switch error {
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.filter(isName).sorted().joined(separator: ", ")
            return "\(names.isEmpty ? "a key" : names) is set twice (line \(context.mark.line))"
        default:
            return "\("\(error)".prefix { !$0.isNewline })"
                .trimmingCharacters(in: CharacterSet(charactersIn: ":"))
        }
    }

    private mutating func read(_ mapping: Yams.Node.Mapping, in group: String?) {
        for (key, value) in mapping {
            let line = key.mark?.line ?? 0
            guard let word = key.scalar?.string, Self.isName(word) else {
                faults.append("line \(line) begins with what is no setting's name")
                continue
            }
            let name = group.map { "\($0).\(word)" } ?? word
            if group == nil, Setting.groups.contains(name) {
                if let inner = value.mapping, !inner.isEmpty {
                    read(inner, in: name)
                } else {
                    faults.append(
                        "line \(line): \(name) holds no settings: write them below it, one a line "
                            + "and indented")
                }
            } else if let setting = Setting.byName[name], !word.contains(".") {
                take(value, for: setting, line)
            } else {
                faults.append("line \(line): \(Self.unknown(name))")
            }
        }
    }

    private mutating func take(_ value: Yams.Node, for setting: Setting, _ line: Int) {
        var text = value.scalar?.string
        if case .words = setting.kind, let words = value.sequence {
            let texts = words.compactMap(\.scalar?.string)
            text = texts.count == words.count ? texts.joined(separator: ",") : nil
        }
        guard let text else {
            faults.append("line \(line): \(setting.name) must be one value, not a list or a map")
            return
        }
        guard !value.isNull, !text.isEmpty else {
            faults.append(
                "line \(line): \(setting.name) has no value; give it one, or remove the line")
            return
        }
        values[setting.name] = Value(text: text, line: line)
    }

    private static func unknown(_ name: String) -> String {
        if Setting.byName[name] != nil, let dot = name.firstIndex(of: ".") {
            return "write \(name) in two lines: \(name[..<dot]): and, indented below it, "
                + "\(name[name.index(after: dot)...]):"
        }
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let place = Setting.all.first { $0.name.hasSuffix("." + last) || $0.name == last }
        if let place {
            return "\(name) is no setting; did you mean \(place.name)? Mind the indentation"
        }
        return "\(name) is no setting" + Nearest.advice(for: name, among: Setting.byName.keys)
    }

    /// Whether a key looks like a name: only then it is shown, for it may be a misplaced password.
    private static func isName(_ word: String) -> Bool {
        word.count <= 40 && word.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\-]*|<</) != nil
    }
}

extension Yams.Node {
    /// Nothing, `~` or `null`, not in quotes.
    fileprivate var isNull: Bool {
        guard let scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
