import Chain

/// What a bank signs its log with, and did, as its operator has it in files.
struct SiteKeys {
    private(set) var current: SigningKey
    /// Told to the peers, and not in use yet.
    var next: SigningKey?
    /// The log may still be signed with it.
    var former: SigningKey?
    /// What the log was signed with in former times, newest first.
    private(set) var retiredKeys: [PublicKey] = []

    init(_ key: SigningKey) {
        current = key
    }

    /// Whether a rotation is in progress.
    var areChanging: Bool { next != nil || former != nil }

    /// How many there have been.
    var count: Int { retiredKeys.count + 1 }

    /// The keys that peers trust.
    var ring: KeyRing {
        KeyRing((next ?? current).publicKey, former: [current.publicKey] + retiredKeys)
    }

    mutating func takeNext() {
        guard let key = next else { return }
        let former = current
        (self.former, current, next) = (former, key, nil)
        retiredKeys.insert(former.publicKey, at: 0)
    }
}
