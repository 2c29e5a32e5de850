public import Saga

/// All chance there is in a run: SplitMix64 (Steele, Lea, Flood, 2014), from one seed.
public struct Dice: Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    public mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    public mutating func index(below count: Int) -> Int {
        Int(next() % UInt64(count))
    }

    /// True for `perMille` of a thousand throws.
    public mutating func chance(_ perMille: Int) -> Bool {
        perMille > 0 && next() % 1_000 < UInt64(perMille)
    }

    /// - Parameter elements: At least one.
    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        precondition(!elements.isEmpty, "there is something to pick from")
        return elements[index(below: elements.count)]
    }

    public mutating func hash() -> Hash {
        let bytes = (0..<4).flatMap { _ in
            let word = next()
            return stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: word >> $0)
            }
        }
        return Hash(bytes: bytes) ?? .zero
    }

    public mutating func sagaID() -> SagaID {
        SagaID(high: next(), low: next())
    }
}
