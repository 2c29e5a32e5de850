import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// The connections of a server that have shown no valid token, or whose last one was none.
///
/// There is room for a part of all connections only, so that the rest is kept for clients that may
/// use the bank. Where there is no room, the oldest makes it: a client that shows its token with
/// its first request is hardly ever among them.
final class TokenlessConnections: Sendable {
    fileprivate struct Contents {
        var next: UInt64 = 0
        var channels: [UInt64: any Channel] = [:]
        var closed = 0
        var telling = Occasion()
    }

    private let most: Int
    private let logger: Logger
    private let contents = Mutex(Contents())

    init(most: Int, logger: Logger) {
        (self.most, self.logger) = (most, logger)
    }

    /// Counts a connection as one of them, and closes the oldest where there are too many.
    ///
    /// - Returns: Its number, for ``remove(_:)``.
    func add(_ channel: any Channel) -> UInt64 {
        let (number, oldest, closed) = contents.withLock { $0.add(channel, most: most) }
        oldest?.close(promise: nil)
        if let closed {
            logger.warning(
                "too many connections that showed no token; closing the oldest of them",
                metadata: ["limit": "\(most)", "closed": "\(closed)"])
        }
        return number
    }

    /// The connection has shown a valid token, or has ended.
    func remove(_ number: UInt64) {
        contents.withLock { contents in _ = contents.channels.removeValue(forKey: number) }
    }
}

extension TokenlessConnections.Contents {
    /// - Returns: Its number, the one to close, and how many were closed where that is to be told.
    fileprivate mutating func add(
        _ channel: any Channel, most: Int
    ) -> (number: UInt64, oldest: (any Channel)?, closed: Int?) {
        next += 1
        channels[next] = channel
        guard channels.count > most, let oldest = channels.keys.min() else {
            return (next, nil, nil)
        }
        closed += 1
        let count = closed
        guard telling.isDue() else { return (next, channels.removeValue(forKey: oldest), nil) }
        closed = 0
        return (next, channels.removeValue(forKey: oldest), count)
    }
}

/// Takes connections up to a limit; the others wait in the system's queue.
struct ConnectionLimit: AvailableConnectionsDelegate {
    let most: Int
    let logger: Logger
    private var count = 0
    private var telling = Occasion()

    init(most: Int, logger: Logger) {
        (self.most, self.logger) = (most, logger)
    }

    mutating func connectionOpened() {
        count += 1
        guard count >= most, telling.isDue() else { return }
        logger.warning(
            "all connections are taken; more wait until one ends", metadata: ["limit": "\(most)"])
    }

    mutating func connectionClosed() { count -= 1 }
    func isAcceptingNewConnections() -> Bool { count < most }
}

/// Something that is worth a line at most once a minute.
private struct Occasion {
    private static let pause = Duration.seconds(60)
    private var last: ContinuousClock.Instant?

    mutating func isDue() -> Bool {
        let now = ContinuousClock.now
        if let last, now - last < Self.pause { return false }
        last = now
        return true
    }
}
