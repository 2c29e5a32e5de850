public import Saga

/// A node's knowledge of one peer as a reader of the node's own log: what waits for the peer, what
/// is shown and when, and what the peer has acknowledged.
///
/// A value: it neither waits nor reads a clock. What waits is known by position, not by content.
/// Times are durations since any fixed moment of a clock that never goes back.
///
/// ``next(at:)`` says what to show now. The caller makes an excerpt of as many of those entries as
/// fit, hands it to the topic, and says so by ``show(_:count:under:byteCount:at:)``. After a start
/// the log says again what was given; of what was shown and heard nothing is recorded but the
/// acknowledged number in the own newest `read`.
public struct LinkOutbox: Hashable, Sendable {
    /// The node that the entries are for.
    public let peer: NodeName
    /// The newest number that the peer is known to have taken.
    public private(set) var acknowledged: UInt64
    /// The newest number that was given.
    public private(set) var given: UInt64
    /// Whether the peer is shown nothing: it denies one of the logs, or its new timeline waits for
    /// people.
    public var isSuspended = false

    /// The positions of the entries behind ``acknowledged``, by number.
    private var waiting = Waiting()
    /// The peer's newest header of this log, as far as it is known.
    private var acknowledgedHeader: HeaderName?
    /// The entries that name a key that the peer may not know.
    private var keys: [Naming] = []
    /// The own newest `accepted` of a new timeline of the peer's, until it is acknowledged.
    private var accepted: Landmark?
    /// Entries that are to be shown alone, out of their order.
    private var alone: [Alone] = []
    /// The entry that begins the newest timeline, until the peer has answered it.
    private var timeline: Landmark?

    /// The newest number shown since the relay last started again.
    private var shown: UInt64
    /// The header of the record before the next one.
    private var named: HeaderName?
    private var inFlight: [Flight] = []
    private var bytesInFlight = 0
    /// Whether one record at most is in flight, until the peer acknowledges something.
    private var isProbing = true
    private var pause = LinkLimits.pauseMin
    private var startsAgainAt: Duration?
    /// Of a record: halved whenever the topic refuses one as too large, and doubled again behind
    /// some that it took.
    private var bytesMax = Excerpt.bytesMax
    /// The records that the topic took since ``bytesMax`` was changed.
    private var takenByTopic = 0

    private var read: Position?
    private var readIsDueAt: Duration?
    private var readIsRepeatedAt: Duration?
    private var readIsRepeatedNotBefore = Duration.zero

    private struct Naming: Hashable, Sendable {
        let number: UInt64
        let commit: UInt64
    }

    /// An entry that a peer may have to see before all others.
    private struct Landmark: Hashable, Sendable {
        let number: UInt64
        let position: Position
        /// Whether a later entry names a new key or begins a timeline.
        var isUnderOlder = false

        /// It is shown under its own commit's header, which no rotation since has made
        /// unverifiable, and under the newest one where that is of another key or timeline.
        var alone: [Alone] {
            [Alone(number, position)]
                + (isUnderOlder ? [Alone(number, position, under: .newest)] : [])
        }
    }

    private struct Alone: Hashable, Sendable {
        let number: UInt64
        let position: Position
        let under: LinkTurn.Header

        /// Under its commit's header.
        init(_ number: UInt64, _ position: Position) {
            self.init(number, position, under: .commit(of: position))
        }

        init(_ number: UInt64, _ position: Position, under: LinkTurn.Header) {
            self.number = number
            self.position = position
            self.under = under
        }
    }

    private struct Flight: Hashable, Sendable {
        let through: UInt64
        let byteCount: Int
    }

    /// Nothing is given that waits.
    ///
    /// - Parameters:
    ///   - peer: The node that the entries are for.
    ///   - acknowledged: The number that the own newest `read` for the peer names; 0 for none.
    ///   - header: The own header that the peer named with it, if it is known.
    public init(to peer: NodeName, acknowledged: UInt64 = 0, header: HeaderName? = nil) {
        self.peer = peer
        self.acknowledged = acknowledged
        given = acknowledged
        shown = acknowledged
        acknowledgedHeader = header
        named = header
    }

    /// How many entries wait for an acknowledgment, shown or not.
    public var waitingCount: UInt64 { given - acknowledged }

    // MARK: - What the own log says

    /// Takes note of an entry for the peer, once it is durable.
    ///
    /// - Parameters:
    ///   - shown: The next number, or a `read`.
    ///   - position: The entry's place, behind all before it.
    ///   - commit: The number of its commit.
    ///   - now: The time.
    public mutating func give(
        _ shown: Shown, at position: Position, in commit: UInt64, now: Duration
    ) {
        precondition(shown.peer == peer, "an entry goes to its addressee's outbox")
        guard let number = shown.number else {
            read = position
            readIsDueAt = readIsDueAt ?? now + LinkLimits.readAlone
            return
        }
        precondition(number == given + 1, "the log gives numbers without gaps")
        given = number
        waiting.append(position)
        switch shown.what {
        case .key:
            keys.append(Naming(number: number, commit: commit))
            timeline?.isUnderOlder = true
            accepted?.isUnderOlder = true
        case .timeline:
            accepted?.isUnderOlder = true
            timeline = Landmark(number: number, position: position)
            alone.append(Alone(number, position))
        case .accepted:
            accepted = Landmark(number: number, position: position)
            alone.append(Alone(number, position))
        default: break
        }
    }

    /// The peer has accepted the own newest timeline.
    public mutating func timelineIsAccepted() {
        alone.removeAll { $0.number == timeline?.number }
        timeline = nil
    }

    // MARK: - What the peer says

    /// Moves the cursor forward to what the peer has taken; never back.
    ///
    /// - Parameters:
    ///   - read: Of the peer's log, verified. One that is no news changes nothing.
    ///   - holds: Whether the own log has that commit: a `read` of an older timeline moves nothing.
    ///   - now: The time.
    public mutating func hear(_ read: Read, now: Duration, holds: (HeaderName) -> Bool) {
        guard read.number >= acknowledged, read.number <= given, holds(read.header) else { return }
        let isNews = read.number > acknowledged
        // Once, however many headers a peer names: only where none was known before.
        let isFirst = acknowledgedHeader == nil
        acknowledgedHeader = read.header
        // The peer could verify a header behind that commit: it has the key from people.
        keys.removeAll { $0.commit < read.header.commit }
        if isNews {
            forget(through: read.number)
            if let begun = timeline, begun.number <= read.number { timelineIsAccepted() }
            pause = LinkLimits.pauseMin
            startsAgainAt = inFlight.isEmpty ? nil : now + pause
        }
        // The one record in flight names a header that is not the peer's newest any more. After a
        // start it names none, and a peer that has taken anything of this log passes it over.
        if isNews && isProbing || isFirst || inFlight.isEmpty {
            shown = read.number
            named = read.header
            inFlight = []
            bytesInFlight = 0
            startsAgainAt = nil
        }
        if isNews { isProbing = false }
    }

    private mutating func forget(through number: UInt64) {
        waiting.removeFirst(Int(number - acknowledged))
        acknowledged = number
        if let entry = accepted, entry.number <= number { accepted = nil }
        shown = max(shown, number)
        keys.removeAll { $0.number <= number }
        alone.removeAll { $0.number <= number && $0.number != timeline?.number }
        let rest = inFlight.drop { $0.through <= number }
        inFlight = Array(rest)
        bytesInFlight = inFlight.reduce(0) { $0 + $1.byteCount }
    }

    // MARK: - What is shown

    /// What to show the peer now; `nil` for nothing, until ``wakesAt`` or until something is given
    /// or heard.
    public mutating func next(at now: Duration) -> LinkTurn? {
        guard !isSuspended else { return nil }
        if let due = startsAgainAt, due <= now {
            startAgain()
            pause = min(pause * 2, LinkLimits.pauseMax)
            alone = outOfOrder()
        }
        if let entry = alone.first {
            return LinkTurn(
                .alone, first: entry.number, positions: [entry.position], under: entry.under,
                naming: nil, read: nil, bytesMax: bytesMax)
        }
        if let turn = entries() { return turn }
        let due = [readIsDueAt, readIsRepeatedAt].compactMap(\.self).min()
        guard let read, let due, due <= now else { return nil }
        return LinkTurn(
            .read, first: 0, positions: [], under: .newest, naming: nil, read: read,
            bytesMax: bytesMax)
    }

    /// What a peer has to see that can take nothing in its order.
    ///
    /// - The entry that begins a timeline, until it is answered: the peer may stand behind the
    ///   fork.
    /// - An `accepted`: a peer that waits for it takes nothing before, and its people have compared
    ///   the key that was the newest then.
    /// - Entries that name keys: with the newest the peer can verify a `read` alone. Without it two
    ///   nodes that both changed keys could wait for each other's acknowledgment permanently.
    private func outOfOrder() -> [Alone] {
        (timeline?.alone ?? []) + (accepted?.alone ?? [])
            + keys.map { Alone($0.number, position(of: $0.number)) }
    }

    private func position(of number: UInt64) -> Position {
        waiting[Int(number - acknowledged) - 1]
    }

    private func entries() -> LinkTurn? {
        guard shown < given, isProbing ? inFlight.isEmpty : hasRoom else { return nil }
        let first = shown + 1
        // Up to the entry that names a new key the peer can verify only what the old one signed.
        let key = keys.first { $0.number >= first }?.number
        let last = min(key ?? given, first + UInt64(LinkLimits.entriesMax) - 1)
        let positions = (first...last).map { position(of: $0) }
        let under = key.map { position(of: $0) }
        // A `read` behind that commit is not in its history: it is shown alone.
        let read = readIsDueAt == nil || under != nil ? nil : read
        return LinkTurn(
            .entries, first: first, positions: positions,
            under: under.map { .commit(of: $0) } ?? .newest, naming: named, read: read,
            bytesMax: bytesMax)
    }

    private var hasRoom: Bool {
        inFlight.isEmpty
            || bytesInFlight + Excerpt.bytesMaxOfOneEntry <= LinkLimits.bytesInFlightMax
    }

    /// Takes note that a turn was handed to the topic.
    ///
    /// - Parameters:
    ///   - turn: From ``next(at:)``, with nothing given or heard since.
    ///   - count: How many of its entries were shown; 1 or more where there are any.
    ///   - header: The header that they were shown under.
    ///   - byteCount: The bytes of the record.
    ///   - now: The time.
    public mutating func show(
        _ turn: LinkTurn, count: Int, under header: HeaderName, byteCount: Int, at now: Duration
    ) {
        if turn.read != nil {
            readIsRepeatedNotBefore = now + LinkLimits.readRepeated
            readIsDueAt = nil
            if turn.kind == .read { readIsRepeatedAt = nil }
        }
        widen()
        switch turn.kind {
        case .read: return
        case .alone: alone.removeFirst()
        case .entries:
            precondition((1...turn.positions.count).contains(count), "a turn shows its entries")
            shown = turn.first + UInt64(count) - 1
            named = header
            inFlight.append(Flight(through: shown, byteCount: byteCount))
            bytesInFlight += byteCount
        }
        startsAgainAt = startsAgainAt ?? now + pause
    }

    /// The topic refused a record as too large: the next ones have half the bytes, until the topic
    /// has taken ``LinkLimits/recordsBeforeLarger`` of them: an operator may have raised its limit.
    ///
    /// - Parameters:
    ///   - count: How many entries it showed.
    ///   - byteCount: Its bytes.
    /// - Returns: Whether fewer entries can help. Where it was one already, only an operator can,
    ///   and the next records are as long as before.
    public mutating func wasTooLarge(count: Int, byteCount: Int) -> Bool {
        guard count > 1 else { return false }
        bytesMax = max(1, min(bytesMax, byteCount) / 2)
        takenByTopic = 0
        return true
    }

    /// The topic took a record. Where the next ones are too large again, that costs one refusal.
    private mutating func widen() {
        guard bytesMax < Excerpt.bytesMax else { return }
        takenByTopic += 1
        guard takenByTopic == LinkLimits.recordsBeforeLarger else { return }
        (bytesMax, takenByTopic) = (min(bytesMax * 2, Excerpt.bytesMax), 0)
    }

    /// The peer has shown something that was not taken: it may lack the acknowledgment.
    ///
    /// It is said alone, since the peer may not take the record that it would stand in; and at most
    /// once in ``LinkLimits/readRepeated``.
    public mutating func sayAgain(now: Duration) {
        guard read != nil, readIsRepeatedAt == nil else { return }
        readIsRepeatedAt = max(now, readIsRepeatedNotBefore)
    }

    /// When ``next(at:)`` may have something to show although nothing is given or heard; `nil` for
    /// never.
    public var wakesAt: Duration? {
        guard !isSuspended else { return nil }
        return [startsAgainAt, readIsDueAt, readIsRepeatedAt].compactMap(\.self).min()
    }

    private mutating func startAgain() {
        shown = acknowledged
        named = acknowledgedHeader
        inFlight = []
        bytesInFlight = 0
        isProbing = true
        startsAgainAt = nil
    }
}
