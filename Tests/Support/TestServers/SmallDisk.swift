import ChildProcess
import Foundation

/// Runs `body` with the folder of a small file system in memory; needs root.
public func withSmallDisk(
    megabytes: Int = 160, _ body: (String) async throws -> Void
) async throws {
    try await withTestFolder { folder in
        try await run(
            "/usr/bin/mount",
            ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=1777", "tmpfs", folder])
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(folder))
        } catch {
            result = .failure(error)
        }
        try await run("/usr/bin/umount", ["-l", folder])
        try result.get()
    }
}

/// Writes to `file` until the disk has no room left but for a few commits.
public func fill(_ file: String, leaving bytes: UInt64 = 2 << 20) async throws {
    try Data().write(to: URL(fileURLWithPath: file))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    defer { try? handle.close() }
    let block = Data(count: 1 << 20)
    while (try? handle.write(contentsOf: block)) != nil {}
    try handle.truncate(atOffset: handle.offset() - bytes)
}

private func run(_ program: String, _ arguments: [String]) async throws {
    let child = try startProcess(
        program, arguments, output: "/dev/null", errors: "/dev/null")
    let code = await child.end()
    guard code == 0 else { throw TestServerError("\(program) ended with \(code).") }
}
