#if os(Linux)
import Dispatch
import Foundation
import MessageBus
import Synchronization

/// Watches the files that writers change after each commit, and passes that on as signals.
///
/// inotify(7) tells every process that asks; nobody polls.
final class WakeFiles: Sendable {
    private let signals: TopicSignals
    private let inotify: CInt
    /// Only ever cancelled, which Dispatch lets any thread do.
    nonisolated(unsafe) private let source: any DispatchSourceRead
    /// Which topic a watch is for. One per topic that was ever waited for, but for wiped ones,
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

    /// From now on, until the file is deleted, each change raises the topic's signal, and so does
    /// the deletion. A second watch of the same file changes nothing.
    func watch(_ files: TopicFiles) throws(BusError) {
        let added = topics.withLock { topics in
            var watch = addWatch(to: files.wake)
            if watch < 0, errno == ENOENT {
                files.wakeReaders()
                watch = addWatch(to: files.wake)
            }
            if watch >= 0 { topics[watch] = files.topic }
            return watch >= 0
        }
        guard added else {
            throw systemFailure(
                "cannot watch \(files.wake)",
                advice: "look at its folder and at fs.inotify.max_user_watches")
        }
    }

    /// Call it once, and ``watch(_:)`` never again.
    func close() {
        source.cancel()
    }

    private func addWatch(to path: String) -> CInt {
        inotify_add_watch(inotify, path, UInt32(IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF))
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
