import Foundation

/// Programs that are only for tests, in the repository's folder `.build-tools`.
public enum TestTools {
    /// The folder that holds a librdkafka newer than the system's, for `LD_LIBRARY_PATH`.
    public static let newerLibrary = folder + "/librdkafka"

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build-tools").path

    /// - Throws: ``TestServerError`` that says how to get the program, if it is missing.
    public static func path(of tool: String) throws -> String {
        let path = folder + "/" + tool
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestServerError("\(path) is missing: run `deploy/install --tests`")
        }
        return path
    }

    /// - Throws: As ``path(of:)``.
    static func postgres(_ version: PostgresServer.Version, _ program: String) throws -> String {
        try path(of: "postgres-\(version.rawValue.dropFirst())/bin/\(program)")
    }
}
