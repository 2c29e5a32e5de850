import Foundation
import MessageBus

/// A lock between all writers of one topic, in this process and in others.
///
/// A waiting writer blocks its thread until the kernel hands it the lock; SQLite's own way is to
/// sleep and try again. The kernel also frees the lock of a process that died.
struct WriterLock {
    let path: String

    func whileHeld<Answer>(_ work: () throws -> Answer) throws -> Answer {
        let file = try lockedFile()
        // Closing it gives the lock back.
        defer { close(file) }
        return try work()
    }

    private func lockedFile() throws(BusError) -> CInt {
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, fileMode)
            guard file >= 0 else { throw failure }
            while flock(file, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    let failure = failure
                    close(file)
                    throw failure
                }
            }
            // A file that was deleted while this writer waited locks no other writer out.
            if isAtItsPath(file) { return file }
            close(file)
        }
    }

    private func isAtItsPath(_ file: CInt) -> Bool {
        var held = stat()
        var found = stat()
        return fstat(file, &held) == 0 && stat(path, &found) == 0
            && held.st_dev == found.st_dev && held.st_ino == found.st_ino
    }

    private var failure: BusError {
        systemFailure("cannot lock \(path)", advice: "let this process write to its folder")
    }
}
