import Synchronization
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// SIGINT, SIGTERM and SIGHUP, while work runs that must not end in the middle.
///
/// A signal that is ignored already, as SIGHUP is under nohup, stays ignored.
final class Interrupts: Sendable {
    private let trapped: [UnixSignal]
    private let signals: UnixSignalsSequence
    private let came = Mutex<Int32?>(nil)

    /// How long the work may take to end by itself.
    private static let grace = Duration.seconds(5)

    /// From now on the signals do not end the process.
    init() async {
        trapped = [.sigint, .sigterm, .sighup].filter { !Self.isIgnored($0.rawValue) }
        signals = await UnixSignalsSequence(trapping: trapped)
    }

    /// The first signal that came.
    var first: Int32? { came.withLock { $0 } }

    /// Returns when the work must end at once: at a second signal, or some seconds after the first;
    /// or when its task is cancelled. The signal after that ends the process.
    ///
    /// - Parameter stop: Called at the first signal: nothing new is to be begun.
    func watch(stop: @escaping @Sendable () -> Void) async {
        let (starts, start) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup { group in
            group.addTask { [self] in
                for await signal in signals {
                    let isFirst = came.withLock { came in
                        defer { came = came ?? signal.rawValue }
                        return came == nil
                    }
                    guard isFirst else { return release() }
                    stop()
                    start.yield()
                }
            }
            group.addTask {
                for await _ in starts { return (try? await Task.sleep(for: Self.grace)) ?? () }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// From now on the signals end the process again: for what may wait without end.
    func release() {
        for signal in trapped { _ = Self.restore(signal.rawValue) }
    }

    /// Ends the process as the signal would have: a shell that runs it in a loop ends the loop.
    static func endProcess(as number: Int32) {
        _ = StandardStreams.flushOutput()
        _ = restore(number)
        // To this thread, and let through here: one to the process could go to what still watches
        // for signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(number)
    }

    private static func restore(_ number: Int32) -> sig_t? { signal(number, SIG_DFL) }

    private static func isIgnored(_ number: Int32) -> Bool {
        let before = signal(number, SIG_IGN)
        // Functions cannot be compared here, their addresses can.
        return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
