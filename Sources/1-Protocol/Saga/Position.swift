/// Where an entry stands in its log: 1, 2, 3 … without gaps, in commit order.
public struct Position: Hashable, Sendable, Comparable {
    /// 0 is before the first entry.
    public let number: UInt64

    /// Takes any number; a log decides which it holds.
    public init(_ number: UInt64) {
        self.number = number
    }

    /// Before the first entry.
    public static let start = Position(0)

    /// The position `count` entries later. Traps where `count` is negative.
    public static func + (position: Position, count: Int) -> Position {
        Position(position.number + UInt64(count))
    }

    /// Earlier in the log is less.
    public static func < (left: Position, right: Position) -> Bool { left.number < right.number }
}

extension Position: CustomStringConvertible {
    /// The number in decimal digits.
    public var description: String { String(number) }
}
