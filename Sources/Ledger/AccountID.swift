public import Saga

/// An account and the bank that keeps it: `acct-` and 8 to 32 lower-case letters or digits, `@`
/// and the bank's node name. Opaque: no name, alias or number of a person is ever part of it.
public struct AccountID: Hashable, Sendable {
    public let text: String
    public let node: NodeName

    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let node = NodeName(String(parts[1])),
            parts[0].hasPrefix("acct-"), Self.isOpaque(parts[0].dropFirst(5))
        else { return nil }
        self.text = text
        self.node = node
    }

    private static func isOpaque(_ text: Substring) -> Bool {
        (8...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    public static func == (left: AccountID, right: AccountID) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension AccountID: Comparable, CustomStringConvertible {
    public static func < (left: AccountID, right: AccountID) -> Bool { left.text < right.text }
    public var description: String { text }
}
