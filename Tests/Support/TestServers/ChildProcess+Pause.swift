public import ChildProcess
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

extension ChildProcess {
    /// SIGSTOP: returns when all its threads have stopped, which takes a moment on a busy machine.
    /// Until then it may still answer.
    public func pause() {
        send(SIGSTOP)
        let deadline = ContinuousClock.now + .seconds(5)
        while isRunning, !standsStill, .now < deadline { usleep(1_000) }
    }

    private var standsStill: Bool {
        let folder = "/proc/\(id)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.allSatisfy { thread in
            // The state is behind the name, which is in brackets and may hold anything.
            let stat = try? String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8)
            return stat?.split(separator: ")").last?.hasPrefix(" T") ?? true
        }
    }
}
