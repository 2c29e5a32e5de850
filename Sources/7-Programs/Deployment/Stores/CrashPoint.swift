#if DEBUG
    import Foundation
    import Node
    import Synchronization

    /// Where a test wants this process to end as in a crash: `GIRO_CRASH_AT=durable:3` ends it when
    /// it reaches that stage for the third time. Release builds know nothing of it.
    final class CrashPoint: Sendable {
        /// Tells this end from all others.
        static let exitCode: Int32 = 86

        private let stage: Stage
        private let left: Mutex<Int>

        /// - Returns: `nil` where no crash is asked for.
        /// - Throws: ``Failure``: a stage that does not exist would never be reached.
        static func asked() throws -> CrashPoint? {
            guard let text = ProcessInfo.processInfo.environment["GIRO_CRASH_AT"] else {
                return nil
            }
            let words = text.split(separator: ":")
            guard words.count == 2, let stage = Stage(rawValue: String(words[0])),
                let count = Int(words[1]), count > 0
            else { throw Failure(.unavailable, "There is no stage \(text) to crash at.") }
            return CrashPoint(stage, after: count)
        }

        private init(_ stage: Stage, after count: Int) {
            self.stage = stage
            left = Mutex(count)
        }

        /// Ends the process without cleanup.
        func reach(_ stage: Stage) {
            guard stage == self.stage else { return }
            let isLast = left.withLock { left in
                left -= 1
                return left == 0
            }
            if isLast { _exit(Self.exitCode) }
        }
    }
#endif
