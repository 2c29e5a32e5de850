public import APIModels
import LineFiles
public import Saga

/// Who may use a node's API, as a file of lines:
///
///     # name        role       SHA-256 of the token
///     web-shop      submitter  1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f53
///
/// The tokens themselves stand nowhere. Empty lines and those that begin with `#` are passed over.
public struct TokenFile: Hashable, Sendable {
    /// One token: a name for people and logs, and what its holder may do.
    public struct Entry: Hashable, Sendable {
        /// The token's name, unique in its file; it may stand in logs.
        public let name: String
        /// The role of a client that shows the token.
        public let role: Role
        /// SHA-256 of the token's text; the token cannot be found from it.
        public let hash: Hash

        /// - Returns: `nil` for a name that is not 1 to 64 letters, digits, `-`, `_` or `.`.
        public init?(name: String, role: Role, hash: Hash) {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isOfName) else {
                return nil
            }
            self.name = name
            self.role = role
            self.hash = hash
        }

        private static func isOfName(_ character: UInt8) -> Bool {
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    /// In the file's order; no two have one name.
    public private(set) var entries: [Entry] = []

    /// A file without tokens: it authorises no client.
    public init() {}

    /// - Throws: ``TokenFileError`` `.malformed`, `.nameTaken`: where one line cannot be read, the
    ///   whole file is refused, so that it is never written again without that line.
    public init(_ bytes: [UInt8]) throws(TokenFileError) {
        let file: LineFile
        do throws(LineFileError) {
            file = try LineFile(bytes)
        } catch {
            throw TokenFileError(.malformed, error.message)
        }
        try self.init(file)
    }

    private init(_ file: LineFile) throws(TokenFileError) {
        for line in file.lines {
            let words = line.text.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, let role = Role(rawValue: String(words[1])),
                let hash = Hexadecimal.bytes(of: String(words[2])).flatMap({ Hash(bytes: $0) }),
                let entry = Entry(name: String(words[0]), role: role, hash: hash)
            else {
                throw TokenFileError(
                    .malformed,
                    "line \(line.number) is not a name, a role (reader, submitter, operator) and "
                        + "the SHA-256 of a token")
            }
            try add(entry)
        }
    }

    /// - Throws: ``TokenFileError`` `.nameTaken`.
    public mutating func add(_ entry: Entry) throws(TokenFileError) {
        guard !entries.contains(where: { $0.name == entry.name }) else {
            throw TokenFileError(.nameTaken, "there is a token of the name \(entry.name) already")
        }
        // With two roles, or two names, it could not be told which one counts.
        if let other = entries.first(where: { $0.hash == entry.hash }) {
            throw TokenFileError(
                .malformed, "\(other.name) and \(entry.name) are the same token; remove one line")
        }
        entries.append(entry)
    }

    /// - Returns: Whether there was one of that name.
    public mutating func remove(_ name: String) -> Bool {
        let count = entries.count
        entries.removeAll { $0.name == name }
        return entries.count < count
    }

    /// The file's text as ``write(to:)`` writes it; comments of a file that was read are not kept.
    public var text: String {
        let lines = entries.map { "\($0.name) \($0.role.rawValue) \($0.hash)\n" }
        return "# name, role, SHA-256 of the token: giro token add, list, remove\n"
            + lines.joined()
    }

    /// Who shows `token`.
    ///
    /// Looks at all entries and at all bytes of each, so the time says nothing about how near a
    /// guess was.
    func entry(showing token: some StringProtocol) -> Entry? {
        let shown = AccessToken.hash(of: token).bytes
        var found: Entry?
        for entry in entries {
            let difference = zip(entry.hash.bytes, shown).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            if difference == 0 { found = entry }
        }
        return found
    }
}

extension TokenFile {
    /// Reads the file at `path`.
    ///
    /// - Throws: ``TokenFileError``: also where others than its owner may read or write it, or
    ///   where it is another user's.
    public static func read(_ path: String) throws(TokenFileError) -> TokenFile {
        let file: LineFile
        do throws(LineFileError) {
            file = try LineFile(path: path, rights: .owner)
        } catch {
            throw TokenFileError(error, path)
        }
        do throws(TokenFileError) {
            return try TokenFile(file)
        } catch {
            throw TokenFileError(error.code, "\(path): \(error.message)")
        }
    }

    /// Puts the whole file in place of the one at `path`; only its owner may use it.
    ///
    /// - Throws: ``TokenFileError`` `.unwritable`.
    public func write(to path: String) throws(TokenFileError) {
        do throws(LineFileError) {
            try NewFile.put(Array(text.utf8), at: path)
        } catch {
            throw TokenFileError(.unwritable, "\(path): \(error.message)")
        }
    }
}

/// A token file cannot be used: none of its tokens authorises a client.
public struct TokenFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault, by what the operator has to do.
    public enum Code: String, Hashable, Sendable {
        case missing
        case unreadable
        /// Others than its owner may read or write it, or it is another user's.
        case tooOpen
        case unwritable
        case malformed
        case nameTaken
    }

    /// The kind of fault.
    public let code: Code
    /// Says what is wrong and what to do; holds no hash.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    fileprivate init(_ error: LineFileError, _ path: String) {
        switch error.code {
        case .missing:
            self.init(
                .missing, "there is no token file at \(path); make one with: giro token add")
        case .tooOpen, .foreign:
            self.init(.tooOpen, "\(path): \(error.message)")
        case .tooLarge, .notText, .malformed:
            self.init(.malformed, "\(path): \(error.message)")
        case .unreadable, .unwritable:
            self.init(.unreadable, "\(path): \(error.message)")
        }
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}
