public import Saga
import Synchronization

/// Why a node decides nothing: deadlines mean nothing under a wall clock that cannot be trusted.
public enum ClockFault: Hashable, Sendable, CustomStringConvertible {
    /// The wall clock moved by more than a minute against the boot clock, which cannot be set;
    /// positive: forward. Also when that happened while no process of this node was running.
    case moved(by: Duration)
    /// The wall clock shows that much less than the newest commit, or than the time that approvers
    /// accepted: it is behind, or the log was written under a clock that was ahead.
    case behindLog(by: Duration)
    /// More than half of at least three peers say that this node's clock is ahead of theirs, or
    /// behind them.
    case peersDisagree(isAhead: Bool, peers: Int, of: Int)

    /// The fault in words, with seconds or numbers of peers; for logs and the API.
    public var description: String {
        switch self {
        case .moved(let duration):
            "the wall clock moved by \(duration.milliseconds / 1_000) s against the boot clock"
        case .behindLog(let duration):
            "the wall clock is \(duration.milliseconds / 1_000) s behind the log's newest commit"
        case .peersDisagree(let isAhead, let peers, let all):
            "\(peers) of \(all) peers show that the wall clock is "
                + "\(isAhead ? "ahead" : "behind")"
        }
    }

    /// What an operator does about it.
    public func remedy(for node: NodeName) -> String {
        switch self {
        case .moved, .behindLog:
            "Correct the clock; the node continues by itself. If the clock is right now, two "
                + "approvers confirm it: giro clock accept \(node)"
        case .peersDisagree:
            "Correct the clock, or have the peers correct theirs."
        }
    }
}

/// Where the difference of the two clocks outlives the process: beside the log, since it belongs to
/// the machine and not to the node.
public struct ClockRecord: Sendable {
    /// Wall clock minus time since boot in milliseconds, as last saved since this machine started;
    /// `nil` where none was.
    public let load: @Sendable () -> Int64?
    /// Keeps it for the next process. Runs where commits are made, hardly ever.
    public let save: @Sendable (Int64) -> Void

    /// Takes two closures, which are called from the guard's callers and must not block for long.
    public init(
        load: @escaping @Sendable () -> Int64?, save: @escaping @Sendable (Int64) -> Void
    ) {
        self.load = load
        self.save = save
    }
}

/// Finds out that the wall clock cannot be trusted. It outlives sessions, and with a
/// ``ClockRecord`` processes: a log that is opened again does not make a wrong clock right.
public final class ClockGuard: Sendable {
    static let toleranceMilliseconds: Int64 = 60_000
    /// The record is written again when the difference has changed by more than this.
    private static let saveAfterMilliseconds: Int64 = 1_000

    private struct Offsets {
        /// Wall clock minus time since boot, when both were last found to agree.
        var trusted: Int64
        var saved: Int64?
    }

    private let clock: NodeClock
    private let record: ClockRecord?
    private let offsets: Mutex<Offsets>
    let peers: PeerClocks

    /// Loads the record; where there is none, the clocks are taken for right as they are.
    public init(_ clock: NodeClock, _ record: ClockRecord?) {
        self.clock = clock
        self.record = record
        peers = PeerClocks { Self.offset(clock) }
        let saved = record?.load()
        offsets = Mutex(Offsets(trusted: saved ?? Self.offset(clock), saved: saved))
    }

    private static func offset(_ clock: NodeClock) -> Int64 {
        clock.now().milliseconds - clock.sinceBoot().milliseconds
    }

    /// What is wrong with the clock now; `nil`: it can be trusted. Small corrections are followed.
    ///
    /// - Parameter floor: `State.clockFloor`.
    public func fault(floor: Timestamp) -> ClockFault? {
        let current = Self.offset(clock)
        let moved = offsets.withLock { current - $0.trusted }
        guard abs(moved) <= Self.toleranceMilliseconds else {
            return .moved(by: .milliseconds(moved))
        }
        let now = clock.now()
        let behind = floor.milliseconds - now.milliseconds
        guard behind <= Self.toleranceMilliseconds else {
            return .behindLog(by: .milliseconds(behind))
        }
        if let fault = peers.fault(at: now) { return fault }
        trust(current)
        return nil
    }

    /// Approvers say that the wall clock is right now: what was known before does not count.
    func accept() {
        peers.forget()
        trust(Self.offset(clock))
    }

    private func trust(_ current: Int64) {
        let isToSave = offsets.withLock { offsets in
            offsets.trusted = current
            let isFar = offsets.saved.map { abs($0 - current) > Self.saveAfterMilliseconds } ?? true
            if isFar { offsets.saved = current }
            return isFar
        }
        if isToSave { record?.save(current) }
    }
}
