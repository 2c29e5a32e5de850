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
    private let watches = Mutex<[String: Watch]>([:])

    init(signals: TopicSignals) throws(BusError) {
        self.signals = signals
    }

    /// From now on, until the file is deleted, each change raises the topic's signal, and so does
    /// the deletion. A second watch of the same file changes nothing.
    func watch(_ files: TopicFiles) throws(BusError) {
        let isWatched = watches.withLock { watches in
            if FileIdentity(ofFileAt: files.wake) == nil { files.wakeReaders() }
            guard let identity = FileIdentity(ofFileAt: files.wake) else { return false }
            guard watches[files.topic]?.identity != identity else { return true }
            let file = open(files.wake, O_EVTONLY)
            guard file >= 0 else { return false }
            let source = DispatchSource.makeFileSystemObjectSource(
                fileDescriptor: file, eventMask: [.write, .attrib, .delete, .rename], queue: queue)
            source.setEventHandler { [signals] in signals.raise(files.topic) }
            source.setCancelHandler { Foundation.close(file) }
            source.activate()
            watches[files.topic]?.source.cancel()
            watches[files.topic] = Watch(identity: identity, source: source)
            return true
        }
        guard isWatched else {
            throw systemFailure("cannot watch \(files.wake)", advice: "look at its folder")
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
