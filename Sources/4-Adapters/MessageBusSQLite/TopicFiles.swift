import Foundation
import MessageBus

/// The files that one topic has in a bus's folder.
struct TopicFiles {
    let folder: String
    let topic: String

    /// What holds the records. SQLite keeps a `-wal` and a `-shm` file beside it.
    var database: String { "\(folder)/\(topic).sqlite" }
    /// Where `database` is made before it gets its name.
    var unfinishedDatabase: String { "\(folder)/\(topic).sqlite-unfinished" }
    /// What writers lock.
    var lock: String { "\(folder)/\(topic).lock" }
    /// What a writer changes after each commit, and readers watch.
    var wake: String { "\(folder)/\(topic).wake" }

    /// Tells those who watch the topic, in all processes, that something happened to it.
    ///
    /// Says nothing of failure: what happened is durable already, and a reader that is not woken
    /// looks again when its wait has run out.
    func wakeReaders() {
        let file = open(wake, O_WRONLY | O_CREAT | O_CLOEXEC, fileMode)
        guard file >= 0 else { return }
        defer { close(file) }
        // Always the same place, so the file stays one byte long. The write is what is watched.
        _ = withUnsafeBytes(of: UInt8(ascii: "w")) { pwrite(file, $0.baseAddress, 1, 0) }
    }
}

/// The mode of every file the bus makes: only its owner may use it. SQLite leaves its files to the
/// process's umask, and gives those beside a database the database's mode.
let fileMode: mode_t = 0o600

/// Which file stands at a path, whatever its name was or will be.
///
/// Only while the file is open can its number not be given to another one.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    /// `nil` where there is no file, or one without a byte: SQLite makes such a file when it opens
    /// one that has just been deleted, and it holds no topic.
    init?(ofFileAt path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}
