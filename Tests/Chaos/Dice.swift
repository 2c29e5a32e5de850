/// A generator whose numbers follow from its seed (splitmix64, public domain, Vigna 2015).
package struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    package mutating func roll(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    package mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(0..<values.count)] }

    /// Whether something that happens so many times in a hundred happens now.
    package mutating func falls(percent: Int) -> Bool { roll(0..<100) < percent }
}
