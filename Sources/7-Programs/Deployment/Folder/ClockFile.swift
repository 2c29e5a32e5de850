import Foundation
import Node

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a node's folder keeps what the wall clock was last compared with: so that a restart under
/// a clock that was set meanwhile is noticed.
///
/// One line, the machine's boot id and the wall clock minus the boot clock in milliseconds. It says
/// nothing once the machine has started again, nor on another machine. A file that is missing,
/// damaged or cannot be written only means that the clock is trusted at the next start.
struct ClockFile {
    let path: String

    var record: ClockRecord {
        ClockRecord(load: { load() }, save: { save($0) })
    }

    func load() -> Int64? {
        guard let boot = Self.bootID(),
            let text = try? String(contentsOfFile: path, encoding: .utf8)
        else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == boot else { return nil }
        return Int64(words[1])
    }

    /// The whole file at once: a reader sees the old one or the new one.
    func save(_ milliseconds: Int64) {
        guard let boot = Self.bootID() else { return }
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        let text = Array("\(boot) \(milliseconds)\n".utf8)
        let isWritten = write(descriptor, text, text.count) == text.count
        close(descriptor)
        if isWritten { rename(new, path) }
    }

    /// Another one each time the machine starts.
    private static func bootID() -> String? {
        #if canImport(Darwin)
            let name = "kern.bootsessionuuid"
            var size = 0
            guard sysctlbyname(name, nil, &size, nil, 0) == 0 else { return nil }
            var text = [UInt8](repeating: 0, count: size)
            guard sysctlbyname(name, &text, &size, nil, 0) == 0 else { return nil }
            return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        #else
            let text = try? String(
                contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            return text?.trimmingCharacters(in: .whitespacesAndNewlines)
        #endif
    }
}
