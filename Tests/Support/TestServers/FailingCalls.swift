import ChildProcess
import Foundation

/// Lets the n-th call of a function of libpq or librdkafka fail in another process, as the library
/// would say it.
///
/// A library of C stands between: the bindings themselves have nothing in them for tests. The
/// process is started with ``environment``; what is to fail can be changed while it runs.
public final class FailingCalls: Sendable {
    private let library: String
    private let order: String

    /// Compiles the library into `folder`, with the C compiler that is there.
    public init(in folder: String) async throws {
        library = folder + "/failing-calls.so"
        order = folder + "/failing-calls"
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "FailingCalls/failing-calls.c").path
        try Data(count: Self.size).write(to: URL(filePath: order))
        let log = folder + "/failing-calls.log"
        let compiler = try startProcess(
            "/usr/bin/cc",
            ["-shared", "-fPIC", "-I/usr/include/postgresql", "-o", library, source, "-lpq",
                "-lrdkafka"],
            output: log, errors: log)
        guard await compiler.end() == 0 else {
            throw TestServerError(try String(contentsOfFile: log, encoding: .utf8))
        }
    }

    private static let size = 128

    public var environment: [String: String] {
        ["LD_PRELOAD": library, "GIRO_FAILING_CALLS": order]
    }

    /// Lets call number `count` of `function` fail, counted from now on; those that the libraries
    /// make themselves do not count.
    public func fail(_ function: String, call count: Int) throws {
        try write(Self.bytes(0) + Self.bytes(0) + Array(function.utf8) + [0], at: 0)
        try write(Self.bytes(Int32(count)), at: 0)
    }

    /// No call fails any more.
    public func stop() throws { try write(Self.bytes(0), at: 0) }

    /// Whether the call that was to fail has come.
    public var hasFailed: Bool {
        get throws {
            try Data(contentsOf: URL(filePath: order))[4..<8].contains { $0 != 0 }
        }
    }

    private static func bytes(_ number: Int32) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) }
    }

    private func write(_ bytes: [UInt8], at offset: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(filePath: order))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }
}
