/// Whether the standby takes over while the writer cannot work: judged from what is seen of it,
/// look by look.
struct FailOver {
    enum Outcome: Hashable {
        case takenOver
        /// Other faults kept the standby from it all the time.
        case prevented
        /// Another process was the writer by then: this fault did not meet it.
        case missedTheWriter
        /// It could have taken over, and has not.
        case leftAlone
    }

    /// What is seen at one moment.
    struct Look {
        /// The standby has opened the log for writing since the fault began.
        var hasOpenedLog = false
        /// The standby takes commands.
        var isReady = false
        /// Another fault is about the standby, or about what it needs.
        var isDisturbed = false
    }

    /// In which a standby that nothing disturbs must have taken over. Longer than
    /// ``Stack/heartbeatTimeout``, a process's start and a database's recovery together.
    static let calmMax = Duration.seconds(20)
    /// The time after which the run no longer waits for calm.
    static let timeMax = Duration.seconds(60)

    private let begin: ContinuousClock.Instant
    private var calmSince: ContinuousClock.Instant

    init(at begin: ContinuousClock.Instant) {
        (self.begin, calmSince) = (begin, begin)
    }

    /// - Returns: `nil` while it is open.
    mutating func judge(_ look: Look, at now: ContinuousClock.Instant) -> Outcome? {
        if look.hasOpenedLog { return .takenOver }
        if look.isDisturbed { calmSince = now }
        if now - calmSince >= Self.calmMax { return look.isReady ? .missedTheWriter : .leftAlone }
        return now - begin >= Self.timeMax ? .prevented : nil
    }
}

extension Strike {
    /// Whether it may keep the process at `place` from taking over the log of its bank: that needs
    /// the process, its database, and the journal, which is compared with the log first.
    func disturbsTakeover(at place: Int) -> Bool {
        let bank = Stack.banksOfPlaces[place]
        let needed: Set<Claim> = [
            .process(place), .link(place, .database), .link(place, .broker), .broker,
            .postgres(Stack.server(of: bank)),
        ]
        return !needed.isDisjoint(with: claims)
    }
}
