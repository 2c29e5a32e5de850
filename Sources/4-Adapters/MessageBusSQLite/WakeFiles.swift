// All of the file is for one system: the formatter would indent it as a whole.
// swift-format-ignore-file
#if os(Linux)
import Dispatch
import Foundation
import MessageBus
import Synchronization

/// Watches the files that writers change after each commit, and those that hold the records, and
/// passes on as signals what happens to them.
///
/// The records' file is watched for its end only. The other one's end does not do for both: where
/// a bus is wiped file by file, a reader that was woken by the first deletion may make the wake
/// file again, and then nothing would tell it that the records went after it had looked.
///
/// inotify(7) notifies every process that watches; no process polls.
final class WakeFiles: Sendable {
    private let signals: TopicSignals
    private let inotify: CInt
    /// Only ever cancelled, which Dispatch lets any thread do.
    nonisolated(unsafe) private let source: any DispatchSourceRead
    /// Which topic a watch is for. Two per topic that was ever waited for, but for wiped ones,
    /// whose watches end by themselves.
    private let topics = Mutex<[CInt: String]>([:])

    /// - Throws: `.unavailable` — this user has too many inotify instances.
    init(signals: TopicSignals) throws(BusError) {
        let inotify = inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC))
        guard inotify >= 0 else {
            throw systemFailure("cannot watch files", advice: "raise fs.inotify.max_user_instances")
        }
        self.signals = signals
        self.inotify = inotify
        source = DispatchSource.makeReadSource(
            fileDescriptor: inotify, queue: DispatchQueue(label: "giro.bus.wake"))
        source.setEventHandler { [weak self] in self?.passOn() }
        source.setCancelHandler { Foundation.close(inotify) }
        source.activate()
    }

    /// From now on, each change of the wake file raises the topic's signal, and so does the
    /// deletion of either file. A second watch of the same files changes nothing.
    ///
    /// - Throws: `.topicMissing` — there are no records to wait for; `.unavailable` — this user has
    ///   too many watches, or the wake file cannot be made.
    func watch(_ files: TopicFiles) throws(BusError) {
        guard watch(files.database, of: files.topic, for: Self.end) else {
            guard errno != ENOENT, errno != ENOTDIR else { throw .topicMissing(files.topic) }
            throw failure(files.database)
        }
        if watch(files.wake, of: files.topic, for: Self.end | IN_MODIFY) { return }
        if errno == ENOENT { files.wakeReaders() }
        guard watch(files.wake, of: files.topic, for: Self.end | IN_MODIFY) else {
            throw failure(files.wake)
        }
    }

    /// Call it once, and ``watch(_:)`` never again.
    func close() {
        source.cancel()
    }

    /// A file's name is taken away (the count of its links changes), and it goes with its last
    /// user, or it gets another name.
    private static let end = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF

    /// - Returns: Whether it is watched; if not, `errno` says why.
    private func watch(_ path: String, of topic: String, for events: CInt) -> Bool {
        topics.withLock { topics in
            let watch = inotify_add_watch(inotify, path, UInt32(events))
            if watch >= 0 { topics[watch] = topic }
            return watch >= 0
        }
    }

    private func failure(_ path: String) -> BusError {
        systemFailure(
            "cannot watch \(path)",
            advice: "look at its folder and at fs.inotify.max_user_watches")
    }

    private func passOn() {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { buffer in
            while true {
                let count = read(inotify, buffer.baseAddress, buffer.count)
                guard count > 0 else { return }
                passOn(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// The kernel hands over whole events only.
    private func passOn(_ events: UnsafeRawBufferPointer) {
        var start = 0
        while start < events.count {
            let event = events.loadUnaligned(fromByteOffset: start, as: inotify_event.self)
            start += MemoryLayout<inotify_event>.size + Int(event.len)
            guard event.mask & UInt32(IN_Q_OVERFLOW) == 0 else {
                signals.raiseAll()
                continue
            }
            let isWatchOver = event.mask & UInt32(IN_IGNORED) != 0
            let topic = topics.withLock {
                isWatchOver ? $0.removeValue(forKey: event.wd) : $0[event.wd]
            }
            if let topic { signals.raise(topic) }
        }
    }
}
#endif
