import Randomness
public import Saga

/// All chance there is in a run, from one seed.
public struct Dice: Sendable {
    private var source: SplitMix64

    /// Equal seeds give equal throws.
    public init(seed: UInt64) {
        source = SplitMix64(seed: seed)
    }

    /// 64 random bits.
    public mutating func next() -> UInt64 { source.next() }

    /// A number of the range, which must not be all of `Int64`. Small ranges are as good as even.
    public mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// 0 ..< `count`, which has to be positive.
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

    /// A random value that is the hash of no known bytes.
    public mutating func hash() -> Hash {
        let bytes = (0..<4).flatMap { _ in
            let word = next()
            return stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: word >> $0)
            }
        }
        return Hash(bytes: bytes) ?? .zero
    }

    /// A saga that no node knows.
    mutating func sagaID() -> SagaID { SagaID(commandID(), contentHash: hash()) }

    /// A random UUID, without the bits of a version.
    public mutating func commandID() -> CommandID {
        CommandID(high: next(), low: next())
    }
}
