public import Saga

/// An account and the bank that keeps it: `acct-` and 8 to 32 lower-case letters or digits, `@`
/// and the bank's node name. Opaque: no name, alias or number of a person is ever part of it.
public struct AccountID: Hashable, Sendable {
    /// The id as it was given: there is one spelling.
    public let text: String
    /// The bank that keeps the account: the part after `@`.
    public let node: NodeName

    /// Refuses, with `nil`, any text of another form; whether the account exists is not asked.
    public init?(_ text: String) {
        let characters = text.utf8
        guard let at = characters.firstIndex(of: UInt8(ascii: "@")),
            characters.starts(with: "acct-".utf8),
            Self.isOpaque(characters[..<at].dropFirst(5)),
            let node = NodeName(String(text[characters.index(after: at)...]))
        else { return nil }
        self.text = text
        self.node = node
    }

    private static func isOpaque(_ characters: Substring.UTF8View) -> Bool {
        (8...32).contains(characters.count)
            && characters.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    /// Compares the texts, which name the bank too.
    public static func == (left: AccountID, right: AccountID) -> Bool { left.text == right.text }
    /// Feeds the text, as `==` compares it.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension AccountID: Comparable, CustomStringConvertible {
    /// Orders by the text, so by the opaque part first.
    public static func < (left: AccountID, right: AccountID) -> Bool { left.text < right.text }
    /// The id itself: it names no person, so it may stand in logs.
    public var description: String { text }
}
