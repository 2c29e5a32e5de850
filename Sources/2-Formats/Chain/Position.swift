/// Where an entry stands in its log: 1, 2, 3 … without gaps, in commit order.
public struct Position: Hashable, Sendable, Comparable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    /// Before the first entry.
    public static let start = Position(0)

    public static func + (position: Position, count: Int) -> Position {
        Position(position.number + UInt64(count))
    }

    public static func < (left: Position, right: Position) -> Bool { left.number < right.number }
}

extension Position: CustomStringConvertible {
    public var description: String { String(number) }
}
