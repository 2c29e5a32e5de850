import EventLog
import Foundation
import Synchronization

/// A chair that several processes share; a test can pause its holder or remove it.
final class InMemoryChair: Sendable {
    fileprivate struct State {
        var holder: UUID?
        var beats: UInt64 = 0
        var refusals = 0
        var isAlive = false
    }

    fileprivate let state = Mutex(State())

    /// The holder's process is gone.
    func free() { state.withLock { $0.holder = nil } }

    /// The holder beats before each look at its beats.
    func keepAlive() { state.withLock { $0.isAlive = true } }

    /// How often the lease was not given, since another process has it.
    var refusals: Int { state.withLock { $0.refusals } }
}

/// One process's view of a chair.
final class InMemoryLease: WriterLease {
    private let id = UUID()
    private let chair: InMemoryChair
    private let isPaused = Mutex(false)

    init(_ chair: InMemoryChair) {
        self.chair = chair
    }

    /// Pauses the process: it no longer beats.
    func pause() { isPaused.withLock { $0 = true } }

    func take() async throws(LogError) -> Bool {
        chair.state.withLock { state in
            if state.holder == nil { state.holder = id }
            if state.holder != id { state.refusals += 1 }
            return state.holder == id
        }
    }

    func beat() async throws(LogError) {
        guard !isPaused.withLock({ $0 }) else { return }
        chair.state.withLock { state in
            if state.holder == id { state.beats += 1 }
        }
    }

    func beats() async throws(LogError) -> UInt64 {
        chair.state.withLock { state in
            if state.isAlive { state.beats += 1 }
            return state.beats
        }
    }

    func clear() async throws(LogError) { chair.free() }
    func close() async {}
}
