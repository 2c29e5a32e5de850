/// The name of one bank system (or shop, marketplace …): one log, one writer.
///
/// 1 to 63 characters: lower-case letters, digits and inner hyphens (RFC 1123 labels), so that it
/// can stand in a topic name, a folder name and an account id.
public struct NodeName: Hashable, Sendable {
    /// The name as it was given: there is one spelling.
    public let text: String

    /// Refuses, with `nil`, any text that breaks the rules above.
    public init?(_ text: String) {
        let characters = text.utf8
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(characters.count),
            characters.first != hyphen, characters.last != hyphen,
            characters.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == hyphen
            })
        else { return nil }
        self.text = text
    }
}

extension NodeName: Comparable, CustomStringConvertible {
    /// Orders names by their characters.
    public static func < (left: NodeName, right: NodeName) -> Bool { left.text < right.text }
    /// The name itself.
    public var description: String { text }
}
