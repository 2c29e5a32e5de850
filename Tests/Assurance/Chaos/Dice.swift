import Randomness

/// All that a schedule of faults leaves to chance, from one seed.
package struct Dice: RandomNumberGenerator, Sendable {
    private var source: SplitMix64

    package init(seed: UInt64) {
        source = SplitMix64(seed: seed)
    }

    package mutating func next() -> UInt64 { source.next() }

    package mutating func roll(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    package mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(0..<values.count)] }

    /// Whether something that happens so many times in a hundred happens now.
    package mutating func falls(percent: Int) -> Bool { roll(0..<100) < percent }
}
