/// The id of the client or person whose decision a log records: opaque to the protocol, and no
/// proof.
///
/// 1 to 128 printable ASCII characters without spaces. A node writes `token:ROLE/NAME` for a client
/// that showed a token, and `unix:NAME` for a user of the machine.
public struct Principal: Hashable, Sendable {
    /// The most characters that an id has.
    public static var charactersMax: Int { 128 }

    /// The id as it was given: there is one spelling.
    public let text: String

    /// Refuses, with `nil`, any text that breaks the rules above.
    public init?(_ text: String) {
        let characters = text.utf8
        guard (1...Self.charactersMax).contains(characters.count),
            characters.allSatisfy({ (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) })
        else { return nil }
        self.text = text
    }
}

extension Principal: CustomStringConvertible {
    /// The id itself.
    public var description: String { text }
}
