import Foundation

/// The input that is being tried, in a file: what stopped the process is found there.
final class LastInput {
    private let input: FileHandle
    private let round: FileHandle

    /// Where findings are kept: `GIRO_FUZZ_KEEP`, or a folder for temporary files.
    static var folder: URL {
        ProcessInfo.processInfo.environment["GIRO_FUZZ_KEEP"].map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("giro-fuzz")
    }

    static func path(of target: String) -> String {
        folder.appendingPathComponent("\(target).input").path
    }

    static func roundPath(of target: String) -> String {
        folder.appendingPathComponent("\(target).round").path
    }

    init(of target: String) throws {
        try FileManager.default.createDirectory(
            at: Self.folder, withIntermediateDirectories: true)
        for path in [Self.path(of: target), Self.roundPath(of: target)] {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw Violation("\(path) cannot be written")
            }
        }
        input = try FileHandle(forWritingTo: URL(fileURLWithPath: Self.path(of: target)))
        round = try FileHandle(forWritingTo: URL(fileURLWithPath: Self.roundPath(of: target)))
    }

    func note(_ bytes: [UInt8], _ origin: String) throws {
        try replace(input, with: Data(bytes))
        try replace(round, with: Data("\(origin)\n".utf8))
    }

    private func replace(_ file: FileHandle, with data: Data) throws {
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: data)
    }

    /// Leaves the count for the process that waits for this one.
    static func leave(_ count: Fuzzer.Count, of target: String) throws {
        try Data("\(count.tried) \(count.accepted)".utf8).write(
            to: folder.appendingPathComponent("\(target).count"))
    }

    /// What ``leave(_:of:)`` has left.
    static func count(of target: String) throws -> Fuzzer.Count {
        let file = folder.appendingPathComponent("\(target).count")
        let numbers = try String(contentsOf: file, encoding: .utf8).split(separator: " ")
            .compactMap { Int($0) }
        guard numbers.count == 2 else { throw Violation("\(file.path) holds no count") }
        return Fuzzer.Count(tried: numbers[0], accepted: numbers[1])
    }

    /// Keeps the last input under a unique name.
    ///
    /// - Returns: The file, and where the input came from.
    static func keep(of target: String) throws -> (path: String, origin: String) {
        let origin = try String(contentsOfFile: roundPath(of: target), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let name = "\(target)-\(origin.replacing(" ", with: "-"))"
        let kept = folder.appendingPathComponent(name).path
        try? FileManager.default.removeItem(atPath: kept)
        try FileManager.default.copyItem(atPath: path(of: target), toPath: kept)
        return (kept, origin)
    }
}
