import Foundation

/// The inputs that a target starts from, one for each case: files kept beside the tests, and what
/// is made of the bench (``Samples``).
///
/// A name that begins with `refused` says that the input is to be refused, any other that it is to
/// be accepted. What was found on the way stays here as its own regression test.
struct Corpus {
    struct File {
        let name: String
        let bytes: [UInt8]

        var isAccepted: Bool { !name.hasPrefix("refused") }
    }

    /// By name.
    let files: [File]

    init(of target: String) throws {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Corpus/\(target)")
        let made = try Samples.made(for: target).map { File(name: $0.name, bytes: $0.bytes) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let kept = try names.sorted().filter { !$0.hasPrefix(".") }.map { name in
            let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
            return File(name: name, bytes: Array(bytes))
        }
        files = made + kept
        try hold("\(target) has no inputs to start from", !files.isEmpty)
    }
}
