import Randomness

/// Damage as disks, peers and liars do it.
enum Mutation: CaseIterable {
    case bitFlip, byteChange, cut, removal, repetition, splice

    /// `bytes` after one to three mutations; `others` lend pieces to splices.
    static func damage(
        _ bytes: [UInt8], others: [[UInt8]], with random: inout SplitMix64
    ) -> [UInt8] {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let mutation = allCases[Int.random(in: 0..<allCases.count, using: &random)]
            mutation.damage(&damaged, others: others, with: &random)
        }
        return damaged
    }

    private func damage(
        _ bytes: inout [UInt8], others: [[UInt8]], with random: inout SplitMix64
    ) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch self {
        case .bitFlip: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .byteChange: bytes[place] = .random(in: 0...255, using: &random)
        case .cut: bytes.removeSubrange(place...)
        case .removal: bytes.removeSubrange(Self.piece(of: bytes, with: &random))
        case .repetition:
            bytes.insert(contentsOf: bytes[Self.piece(of: bytes, with: &random)], at: place)
        case .splice:
            let other = others[Int.random(in: 0..<others.count, using: &random)]
            guard !other.isEmpty else { return }
            bytes.insert(contentsOf: other[Self.piece(of: other, with: &random)], at: place)
        }
    }

    private static func piece(
        of bytes: [UInt8], with random: inout SplitMix64
    ) -> Range<Int> {
        let start = Int.random(in: 0..<bytes.count, using: &random)
        let end = Int.random(in: start...min(start + 40, bytes.count), using: &random)
        return start..<end
    }
}
