// All of the file is for one system: the formatter would indent it as a whole.
// swift-format-ignore-file
#if !os(Linux)
import Dispatch
import Foundation
import MessageBus
import Synchronization

/// What inotify does on Linux, with a kernel event (kqueue(2)) for each open file.
final class WakeFiles: Sendable {
    private struct Watch {
        let identity: FileIdentity
        let source: any DispatchSourceFileSystemObject
    }

    private let signals: TopicSignals
    private let queue = DispatchQueue(label: "giro.bus.wake")
    /// By path.
    private let watches = Mutex<[String: Watch]>([:])

    init(signals: TopicSignals) throws(BusError) {
        self.signals = signals
    }

    /// From now on, each change of the wake file raises the topic's signal, and so does the
    /// deletion of either file. A second watch of the same files changes nothing.
    ///
    /// - Throws: `.topicMissing` — there are no records to wait for; `.unavailable` — the wake file
    ///   cannot be made, or the process has too many open files.
    func watch(_ files: TopicFiles) throws(BusError) {
        guard watch(files.database, of: files.topic, for: [.attrib, .delete, .rename]) else {
            throw .topicMissing(files.topic)
        }
        if FileIdentity(ofFileAt: files.wake) == nil { files.wakeReaders() }
        guard watch(files.wake, of: files.topic, for: [.write, .attrib, .delete, .rename]) else {
            throw systemFailure("cannot watch \(files.wake)", advice: "look at its folder")
        }
    }

    private func watch(
        _ path: String, of topic: String, for events: DispatchSource.FileSystemEvent
    ) -> Bool {
        watches.withLock { watches in
            guard let identity = FileIdentity(ofFileAt: path) else { return false }
            guard watches[path]?.identity != identity else { return true }
            let file = open(path, O_EVTONLY)
            guard file >= 0 else { return false }
            let source = DispatchSource.makeFileSystemObjectSource(
                fileDescriptor: file, eventMask: events, queue: queue)
            source.setEventHandler { [signals] in signals.raise(topic) }
            source.setCancelHandler { Foundation.close(file) }
            source.activate()
            watches[path]?.source.cancel()
            watches[path] = Watch(identity: identity, source: source)
            return true
        }
    }

    /// Call it once, and ``watch(_:)`` never again.
    func close() {
        watches.withLock { watches in
            for watch in watches.values { watch.source.cancel() }
            watches = [:]
        }
    }
}
#endif
