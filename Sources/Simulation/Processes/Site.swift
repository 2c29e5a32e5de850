import Engine
import EventLog
import Saga
import Wire

/// A bank as it outlives its processes: its disk, its clock, its keys.
///
/// Confined to the simulation's thread.
final class Site<S: Scenario>: @unchecked Sendable {
    /// The wall clocks begin in November 2026.
    private static var clockStart: Int64 { 1_795_000_000_000 }

    let index: Int
    let configuration: Configuration
    let key: SigningKey
    let secrets: [NodeName: PeerSecret]
    let envelope: Envelope
    var disk = Disk()
    var seat = Seat()
    /// How far the wall clock is from the world's, in milliseconds.
    var clockOffset: Int64 = 0
    /// And how far it has jumped for a while, in milliseconds.
    var clockJump: Int64 = 0
    /// Those that live, a writer and maybe a standby.
    var processes: [Process<S>] = []
    /// Somebody restores the disk from the journal: no process is started meanwhile.
    var isRestoring = false

    var name: NodeName { configuration.node }

    init(
        index: Int, configuration: Configuration, key: SigningKey,
        secrets: [NodeName: PeerSecret]
    ) {
        self.index = index
        self.configuration = configuration
        self.key = key
        self.secrets = secrets
        envelope = Envelope(node: configuration.node, secrets: secrets)
    }

    /// The process that has the seat.
    var writer: Process<S>? { processes.first { $0.number == seat.holder } }

    func clock(at now: Int64) -> Timestamp {
        Timestamp(milliseconds: Self.clockStart + now / .millisecond + clockOffset + clockJump)
    }
}

/// What survives every crash: a log, and a backup that somebody once made of it.
struct Disk {
    var log = LogStorage()
    var backup = LogStorage()
    /// A backup stands where the log was: processes must find that out.
    var isRewound = false
}

/// Who is told to be the writer, as long as it lives.
struct Seat {
    /// The holder's number.
    var holder: Int?
    var beats: UInt64 = 0
}
