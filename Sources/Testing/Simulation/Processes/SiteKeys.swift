import Chain

/// What a bank signs its log with, and did, as its operator has it in files.
struct SiteKeys {
    private(set) var current: SigningKey
    /// The log may still be signed with it.
    var former: SigningKey?
    /// What the log was signed with in former times, oldest first: by now they may be anybody's.
    private(set) var retired: [SigningKey] = []

    init(_ key: SigningKey) {
        current = key
    }

    /// Whether a rotation is in progress.
    var areChanging: Bool { former != nil }

    /// How many there have been.
    var count: Int { retired.count + 1 }

    /// The one that people compared when peers became peers: of all others the log tells them.
    var first: PublicKey { (retired.first ?? current).publicKey }

    /// The same without what only the bank has, newest first.
    var retiredKeys: [PublicKey] { retired.reversed().map(\.publicKey) }

    /// What the log may be signed with.
    var ring: KeyRing { KeyRing(current.publicKey, former: retiredKeys) }

    /// Those that a peer knows to be retired which takes `key` for the bank's.
    func retired(before key: PublicKey) -> [SigningKey] {
        let all = retired + [current]
        return Array(all.prefix { $0.publicKey != key })
    }

    /// The next process to start hands the log over to another key.
    mutating func rotate(to key: SigningKey) {
        former = current
        retired.append(current)
        current = key
    }
}
