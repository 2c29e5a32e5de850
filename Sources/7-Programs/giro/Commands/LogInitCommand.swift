import ArgumentParser
import Deployment
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
            be run again. Connect to PostgreSQL itself, not through a pooler that shares sessions. \
            With --password-file the role gets that password; log.store must have the same.
            """)

    @OptionGroup var place: DirectoryOptions
    @Argument(help: "The bank.") var node: String
    @Option(
        help: ArgumentHelp(
            "A connection URI for log.store's server, of a role that may make roles and schemas.",
            discussion: """
                The tables are made in the database that log.store names, whatever database the \
                URI names. As libpq reads it: also several hosts, ?host=, ?port=, ?user= and \
                ?dbname=. The password comes from PGPASSWORD, or the file that PGPASSFILE names.
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
            let folder = try place.deployment.existingNode(node)
            let options = try await NodeOptions(of: folder, flags: [:])
            guard case .postgres(let connection, let schema) = options.log else {
                throw Failure(
                    .refused,
                    "The log of \(folder.name) is a file, which is made at the first start. For "
                        + "PostgreSQL set log.store in \(folder.configuration).")
            }
            let store = ConnectionOptions(connection)
            guard let role = store.role, let database = store.databaseName, !role.isEmpty,
                !database.isEmpty
            else {
                throw Failure(
                    .refused,
                    "log.store names no role, or no database; write "
                        + "postgresql://ROLE@HOST/DATABASE.")
            }
            do throws(PostgresError) {
                try ConnectionOptions(admin).check()
            } catch {
                throw Failure(.unavailable, "--admin: \(error.message)")
            }
            _ = try ClearTransport.insisted(
                on: options.insecureTransports, among: ClearTransport.all(of: admin))
            let administrator = PostgresLogOptions(
                admin, database: database, schema: schema, logger: .quiet)
            do {
                if createDatabase {
                    try await PostgresEventLog.makeDatabase(database, administrator)
                }
                try await PostgresEventLog.initialize(
                    administrator,
                    roles: .init(owner: owner, node: role, nodePassword: try password()))
            } catch let error as LogError {
                throw Failure(.unavailable, Self.text(of: error))
            }
            let fault = try await loginFault(options.log, connection, administrator)
            print("\(folder.name): the log is ready in \(options.log)".visible())
            if let fault {
                print("The role cannot log in with what log.store holds. \(fault)".visible())
            }
        }
    }

    /// A log's errors advise on log.store, and it was the administrator who logged in.
    private static func text(of error: LogError) -> String {
        guard let cause = error.cause as? PostgresError, cause.isLoginFailure else {
            return error.description
        }
        return "The administrator's login failed: check the role in --admin, its password in "
            + "PGPASSWORD or in the file that PGPASSFILE names, and the server's pg_hba.conf. "
            + "No log was changed. (\(cause.description))"
    }

    /// Makes sure that the node will find what was made here.
    ///
    /// - Returns: Why it cannot log in with what log.store holds. Not where no password is there or
    ///   was set: then it may log in by other means, and PGPASSWORD is the administrator's.
    /// - Throws: ``Failure`` where log.store leads to another server.
    private func loginFault(
        _ log: LogLocation, _ connection: String, _ administrator: PostgresLogOptions
    ) async throws -> String? {
        let isSame: Bool
        do throws(LogError) {
            isSame = try await PostgresEventLog.isSameDatabase(
                ofNode: PostgresLogOptions(connection, logger: .quiet),
                ofAdministrator: administrator)
        } catch {
            return log.holdsPassword || passwordFile != nil ? error.message : nil
        }
        guard isSame else {
            let made = LogLocation.postgres(connection: admin, schema: administrator.schema)
            throw Failure(
                .unavailable,
                "The tables were made on the server of --admin (\(made)), and log.store leads to "
                    + "another (\(log)), where nothing was made: correct the one that is wrong, "
                    + "and run giro log init again.")
        }
        return nil
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
