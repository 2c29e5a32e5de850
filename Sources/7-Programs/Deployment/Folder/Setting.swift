import Engine
import HTTPServer
import Node
import Saga

/// A setting of a node: how it is named and what it may hold. `Documentation/Operating.md` has the
/// same table.
struct Setting: Sendable {
    enum Kind: Sendable {
        case text
        /// A file or folder: relative to the node's folder, or absolute.
        case path
        /// `true` or `false`.
        case flag(standard: Bool)
        case count(standard: Int, most: Int)
        /// Words, as a list in node.yaml or separated by commas.
        case words([String])
    }

    /// As in node.yaml: with a dot between a map and its key.
    let name: String
    let kind: Kind
    /// Whether it may hold a password: then its value is never shown.
    let isSecret: Bool
    /// Whether no variable sets it: it belongs to the log, not to a process.
    let isOfFileOnly: Bool

    private init(
        _ name: String, _ kind: Kind, isSecret: Bool = false, isOfFileOnly: Bool = false
    ) {
        (self.name, self.kind, self.isSecret) = (name, kind, isSecret)
        self.isOfFileOnly = isOfFileOnly
    }

    /// The variable that sets it: `GIRO_LOG_LEVEL` for `log.level`; `nil` where there is none.
    var variable: String? {
        if isOfFileOnly { return nil }
        var words = Self.variablePrefix
        for character in name {
            if character == "." {
                words += "_"
            } else {
                words += (character.isUppercase ? "_" : "") + character.uppercased()
            }
        }
        return words
    }

    static let variablePrefix = "GIRO_"

    static let all: [Setting] = [
        Setting("node", .text),
        Setting("kind", .text, isOfFileOnly: true),
        Setting("bus", .text),
        Setting("socket", .path),
        Setting("listen", .text),
        Setting("tokens", .path),
        Setting("socketNeedsTokens", .flag(standard: false)),
        Setting("insecureTransports", .words(ClearTransport.Kind.allCases.map(\.rawValue))),
        Setting("statements", .path),
        Setting("http.connectionsMax", .count(ServerLimits().connectionsMax)),
        Setting("http.tokenlessConnectionsMax", .count(ServerLimits().tokenlessConnectionsMax)),
        Setting("http.tokenlessRequestsMax", .count(ServerLimits().tokenlessRequestsMax)),
        Setting("http.tokenlessMilliseconds", .count(5_000)),
        Setting("http.headMilliseconds", .count(10_000)),
        Setting("http.bodyMilliseconds", .count(30_000)),
        Setting("http.idleMilliseconds", .count(60_000)),
        Setting("log.store", .text, isSecret: true),
        Setting("log.schema", .text),
        Setting("log.patienceMilliseconds", .count(30_000)),
        Setting("log.level", .text),
        Setting("kafka.properties", .path),
        Setting("kafka.topicPrefix", .text),
        Setting("kafka.replication", .count(3, most: Int(Int16.max))),
        Setting("standby.heartbeatMilliseconds", .count(1_000)),
        Setting("standby.timeoutMilliseconds", .count(5_000)),
        Setting("limits.openSagasMax", .count(Limits().openSagasMax)),
        Setting("limits.openPerPeerMax", .count(Limits().openPerPeerMax)),
        Setting("limits.inputsWaitingMax", .count(NodeSettings().inputsWaitingMax)),
        Setting("limits.quarantineMax", .count(Limits().quarantineMax)),
        Setting("retry.firstMilliseconds", .count(1_000)),
        Setting("retry.maxMilliseconds", .count(60_000)),
        Setting("commits.inFlight", .count(NodeSettings().commitsInFlight)),
        Setting("commits.inputsMax", .count(NodeSettings().inputsPerCommitMax, most: 5_000)),
        Setting("snapshot.everyEntries", .count(NodeSettings().snapshotEvery)),
    ]

    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The maps of node.yaml that hold settings.
    static let groups = Set(
        all.compactMap { setting in
            setting.name.firstIndex(of: ".").map { String(setting.name[..<$0]) }
        })
}

extension Setting.Kind {
    fileprivate static func count(_ standard: Int, most: Int = 1_000_000_000) -> Self {
        .count(standard: standard, most: most)
    }
}

/// Variables of the environment whose names begin with `GIRO_`.
enum SettingVariables {
    /// What sets no setting: the client's token, the scripts in deploy/, and the tests.
    private static let others: Set<String> = [
        "GIRO_TOKEN", "GIRO_PROGRAM", "GIRO_CRASH_AT", "GIRO_FAILING_CALLS", "GIRO_MUTANT",
    ]
    private static let otherPrefixes = ["GIRO_PREPARE_", "GIRO_FUZZ_", "GIRO_CHAOS_"]

    /// The faults in them: names that are no setting's, and values that are empty.
    static func faults(in environment: [String: String]) -> [String] {
        let settings = Set(Setting.all.compactMap(\.variable))
        let known = settings.union(others)
        return environment.sorted { $0.key < $1.key }.compactMap { name, value in
            guard name.uppercased().hasPrefix(Setting.variablePrefix) else { return nil }
            if known.contains(name) {
                if value.isEmpty {
                    return "\(name) is set but empty; give it a value, or unset it"
                }
                // Often the end of the file that it was read from.
                return others.contains(name) && value.utf8.contains { $0 < 0x20 || $0 == 0x7F }
                    ? "\(name) holds a control character or a line's end; remove it" : nil
            }
            guard !otherPrefixes.contains(where: name.hasPrefix) else { return nil }
            return "the variable \(name) is no setting\(Nearest.advice(for: name, among: known))"
        }
    }
}

/// The known name that was probably meant.
enum Nearest {
    /// - Returns: `; did you mean X?`, or nothing where no name is near.
    static func advice(for word: String, among names: some Sequence<String>) -> String {
        let near = names.map { ($0, distance(word.lowercased(), $0.lowercased())) }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let near, near.1 <= max(2, word.count / 3) else { return "" }
        return "; did you mean \(near.0)?"
    }

    /// How many characters must be put in, left out or replaced (Levenshtein).
    static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (line, character) in one.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in other.indices {
                let replaced = diagonal + (character == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
