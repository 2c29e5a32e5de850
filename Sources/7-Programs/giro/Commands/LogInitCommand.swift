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
            gets no right to change or delete what is written. A file needs no such step. It may \
            be run again. Connect to PostgreSQL itself, not through a pooler that shares sessions.
            """)

    @OptionGroup var place: DirectoryOptions
    @Argument(help: "The bank.") var node: String
    @Option(
        help: ArgumentHelp(
            "A connection URI for the same database, of a role that may make roles and schemas.",
            discussion: """
                As libpq reads it: also several hosts, ?host=, ?port=, ?user= and ?dbname=. The \
                password comes from PGPASSWORD, or the file that PGPASSFILE names.
                """))
    var admin: String
    @Flag(help: "Make the database too, if the server does not have it.")
    var createDatabase = false
    @Option(help: "The role that is to own the log. Default: the administrator.")
    var owner: String?
    @Option(help: "A file that holds the password of the node's role, to set it.")
    var passwordFile: String?

    func validate() throws {
        guard admin.contains("://") || admin.contains("=") else {
            throw ValidationError(
                "--admin is no connection URI: write postgresql://ROLE@HOST:PORT/DATABASE")
        }
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
            guard let role = ConnectionOptions(connection).role, !role.isEmpty else {
                throw Failure(
                    .refused, "log.store names no role; write postgresql://ROLE@HOST/DATABASE.")
            }
            do throws(PostgresError) {
                try ConnectionOptions(admin).check()
            } catch {
                throw Failure(.unavailable, "--admin: \(error.message)")
            }
            _ = try ClearTransport.insisted(
                on: options.insecureTransports, among: ClearTransport.all(of: admin))
            do {
                if createDatabase { try await makeDatabase() }
                try await PostgresEventLog.initialize(
                    PostgresLogOptions(admin, schema: schema, logger: .quiet),
                    roles: .init(owner: owner, node: role, nodePassword: try password()))
            } catch let error as LogError {
                throw Failure(.unavailable, error.description)
            }
            print("\(folder.name): the log is ready in \(options.log)".visible())
        }
    }

    private func makeDatabase() async throws {
        guard let name = ConnectionOptions(admin).databaseName, !name.isEmpty else {
            throw Failure(
                .refused, "--admin names no database; write postgresql://ROLE@HOST/DATABASE.")
        }
        try await PostgresEventLog.makeDatabase(name, PostgresLogOptions(admin, logger: .quiet))
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
