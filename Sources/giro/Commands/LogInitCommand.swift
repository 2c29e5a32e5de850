import ArgumentParser
import EventLog
import EventLogPostgres
import Foundation
import LibPQ
import LineFiles

struct LogInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the tables and roles of a bank's log in PostgreSQL, or update them.",
        discussion: """
            The bank's log.store names the database and the role that the node uses; that role \
            gets no right to change or delete what is written. A file needs no such step.
            """)

    @OptionGroup var place: DirectoryOptions
    @Argument(help: "The bank.") var node: String
    @Option(
        help: ArgumentHelp(
            "A connection URI for the same database, of who may make roles and schemas.",
            discussion: "The password comes from PGPASSWORD, or the file that PGPASSFILE names."))
    var admin: String
    @Flag(help: "Make the database too, if the server does not have it.")
    var createDatabase = false
    @Option(help: "The role that is to own the log. Default: the administrator.")
    var owner: String?
    @Option(help: "A file that holds the password of the node's role, to set it.")
    var passwordFile: String?

    func validate() throws {
        guard !ConnectionOptions(admin).holdsPassword else {
            throw ValidationError(
                "--admin holds a password, which everybody on this machine can read: give it in "
                    + "PGPASSWORD, or in the file that PGPASSFILE names")
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            let folder = try place.installation.existingNode(node)
            let options = try await NodeOptions(of: folder, flags: [:])
            guard case .postgres(let connection, let schema) = options.log else {
                throw Failure(
                    .refused,
                    "The log of \(folder.name) is a file, which is made at the first start. For "
                        + "PostgreSQL set log.store in \(folder.configuration).")
            }
            guard let role = URLComponents(string: connection)?.user, !role.isEmpty else {
                throw Failure(
                    .refused, "log.store names no role; write postgresql://ROLE@HOST/DATABASE.")
            }
            do {
                if createDatabase { try await makeDatabase() }
                try await PostgresEventLog.initialize(
                    PostgresLogOptions(admin, schema: schema, logger: .quiet),
                    roles: .init(owner: owner, node: role, nodePassword: try password()))
            } catch let error as LogError {
                throw Failure(.unavailable, error.description)
            }
            print("\(folder.name): the log is ready in \(options.log)")
        }
    }

    /// From the database that every server has.
    private func makeDatabase() async throws {
        guard var other = URLComponents(string: admin), other.path.count > 1 else {
            throw Failure(
                .refused, "--admin names no database; write postgresql://ROLE@HOST/DATABASE.")
        }
        let name = String(other.path.dropFirst())
        other.path = "/postgres"
        try await PostgresEventLog.makeDatabase(
            name, PostgresLogOptions(other.string ?? admin, logger: .quiet))
    }

    private func password() throws -> String? {
        guard let passwordFile else { return nil }
        do throws(LineFileError) {
            return try LineFile.password(path: passwordFile)
        } catch {
            throw Failure(.unavailable, "--password-file \(passwordFile): \(error.message).")
        }
    }
}
