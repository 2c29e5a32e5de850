import Chain
import Engine
import EventLog
import HistoryFile
import MessageBus
import Saga
import Wire

/// A bank as it outlives its processes: its disk, its clock, its keys.
///
/// Confined to the simulation's thread.
final class Site<S: Scenario>: @unchecked Sendable {
    /// The wall clocks begin in November 2026.
    static var clockStart: Int64 { 1_795_000_000_000 }
    /// What a node lets pass as a correction.
    private static var jumpMax: Int64 { 60_000 }

    let index: Int
    let configuration: Configuration
    private(set) var keys: SiteKeys
    /// The topics that it reads, by name, with the peers that write them.
    let inboxes: [String: NodeName]
    var disk = Disk()
    var lease = Lease()
    /// The highest position in its journal; records of a stalled writer may come after it.
    var journaledUpTo = Position.start
    /// How far the wall clock is from the world's, in milliseconds.
    private(set) var clockOffset: Int64 = 0
    /// Where the clock was before it jumped by more than a minute, and when that was; `nil` once it
    /// is about there again.
    private var clockJump: (from: Int64, at: Int64)?
    /// What its log says of a clock that approvers accepted, and how far the log's times were then.
    private var acceptance: (clock: Timestamp, logTime: Timestamp)?
    /// By how much the clock jumps as soon as the log is taken over again.
    var jumpWhenReopened: Int64?
    /// Those that live, a writer and maybe a standby.
    var processes: [Process<S>] = []
    /// Who restores the disk from the journal: no other process is started meanwhile.
    var restorer: Process<S>?
    var isRestoring: Bool { restorer != nil }

    var name: NodeName { configuration.node }

    init(index: Int, configuration: Configuration, key: SigningKey) {
        self.index = index
        self.configuration = configuration
        keys = SiteKeys(key)
        inboxes = Dictionary(
            uniqueKeysWithValues: configuration.peers.map { peer in
                (Topic.transfers(from: peer, to: configuration.node).name, peer)
            })
    }

    /// What the history files of processes that are gone are found with: each process has a disk of
    /// its own.
    private var historyDisks: [[UInt8]] = []

    /// The disk that the next process has; empty for a new one.
    func takeHistoryDisk() -> [UInt8] { historyDisks.isEmpty ? [] : historyDisks.removeFirst() }

    /// A process is gone: from here on its history file is no longer written.
    func keepHistory(of process: Process<S>) {
        historyDisks.append(process.history.bytes)
        process.history.close()
    }

    /// The process that has the lease.
    var writer: Process<S>? { processes.first { $0.number == lease.holder } }

    /// By name: what happens in their order is the same in every run.
    var peers: [NodeName] { configuration.peers.sorted() }

    /// The next process to start hands the log over to the new key.
    func rotate(to key: SigningKey) { keys.rotate(to: key) }

    /// The former key's file is deleted, if the log is signed with the new one by now.
    ///
    /// - Returns: Whether it was.
    func retireFormerKey() -> Bool {
        guard !disk.isRewound, disk.log.newestCommit?.header.keyID == keys.current.keyID
        else { return false }
        keys.former = nil
        return true
    }

    /// Sets the wall clock.
    func moveClock(by change: Int64, at now: Int64) {
        let before = clockOffset
        clockOffset += change
        if let jump = clockJump {
            if abs(clockOffset - jump.from) <= Self.jumpMax { clockJump = nil }
        } else if abs(change) > Self.jumpMax {
            clockJump = (before, now)
        }
    }

    var hasJumped: Bool { clockJump != nil }

    /// Whether the clock has jumped since a process took over the log, so that it has to wait. Who
    /// is just taking over may not have looked at the clock yet.
    func isClockWrong(since time: Int64?) -> Bool {
        guard let clockJump, let time else { return false }
        return clockJump.at > time + 5 * .second
    }

    /// Whether the clock shows well over a minute less than `time`, that of a log's end: then
    /// either of them is wrong. Where a clock was accepted since, that one counts until the log's
    /// times advance.
    func isBehind(_ time: Timestamp, at now: Int64) -> Bool {
        let isStandingStill = acceptance.map { time <= $0.logTime } ?? false
        let expected = isStandingStill ? acceptance?.clock ?? time : time
        return expected.milliseconds - clock(at: now).milliseconds > Self.jumpMax + 1_000
    }

    /// - Parameter time: That of the log's end before.
    func accepted(_ clock: Timestamp, after time: Timestamp) {
        acceptance = (clock, max(clock, time))
    }

    func clock(at now: Int64) -> Timestamp {
        Timestamp(milliseconds: Self.clockStart + now / .millisecond + clockOffset)
    }
}

/// The state that survives every crash: a log, and an earlier backup of it.
struct Disk {
    var log = LogStorage()
    var backup = LogStorage()
    /// A later one, such as a replica that lags behind has.
    var recentBackup = LogStorage()
    /// A backup stands where the log was: processes must find that out.
    var isRewound = false
}

/// The process that is the writer, as long as it lives.
struct Lease {
    /// The holder's number.
    var holder: Int?
    var beats: UInt64 = 0
}

extension HistoryFile {
    /// What the file holds.
    fileprivate var bytes: [UInt8] {
        (0..<HistoryNodes.place(ofLeaf: count)).flatMap { place in
            (node(at: place) ?? .zero).bytes
        }
    }
}
