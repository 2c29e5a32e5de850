import APIModels
import AccessControl
public import ArgumentParser
import Deployment
import Foundation

extension Role: ExpressibleByArgument {}

/// Who may use a bank's API over TCP. A running node reads the file again within a second.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Say who may use a bank's API over TCP.",
        discussion: """
            A reader looks at everything, a submitter makes transfers as well, an operator does \
            everything, deposits too. The token is shown once; its hash is kept. A running bank \
            follows within a second.
            """,
        subcommands: [Add.self, List.self, Remove.self])

    struct Place: ParsableArguments {
        @OptionGroup var place: DirectoryOptions
        @Argument(help: "The bank.") var node: String
        @Option(help: "The token file. Default: the one that the bank's settings name.")
        var file: String?

        func path() throws -> String {
            if let file { return file }
            let folder = try place.deployment.existingNode(node)
            // As the node reads it: otherwise a removed token would stay valid there.
            return try SettingValues(of: folder, flags: [:]).path("tokens", "tokens", in: folder)
        }

        /// A file that is not there yet has no tokens.
        func read() throws -> TokenFile {
            let path = try path()
            do throws(TokenFileError) {
                return try TokenFile.read(path)
            } catch {
                if error.code == .missing { return TokenFile() }
                throw Failure(error)
            }
        }

        /// Puts a whole new file in place of the old one.
        func write(_ tokens: TokenFile) throws {
            let path = try path()
            do throws(TokenFileError) {
                try tokens.write(to: path)
            } catch {
                throw Failure(error)
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and show it, this once.")

        @OptionGroup var place: Place
        @Argument(help: "Whose token it is: letters, digits, - _ and dots.") var name: String
        @Option(help: "reader, submitter or operator.") var role: Role

        func run() async throws {
            try await exitingOnFailure {
                var tokens = try place.read()
                let token = AccessToken.random()
                guard let entry = TokenFile.Entry(name: name, role: role, hash: token.hash) else {
                    throw Failure(
                        .refused,
                        "\"\(name)\" cannot be a token's name: use 1 to 64 letters, digits, "
                            + "- _ and dots.")
                }
                do throws(TokenFileError) {
                    try tokens.add(entry)
                } catch {
                    throw Failure(.refused, "Nothing was changed: \(error.message).")
                }
                try place.write(tokens)
                print(token.text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show whose tokens there are, and their roles.")

        @OptionGroup var place: Place

        func run() async throws {
            try await exitingOnFailure {
                for entry in try place.read().entries {
                    print("\(entry.name) \(entry.role.rawValue)")
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a token in no more.")

        @OptionGroup var place: Place
        @Argument(help: "Whose token.") var name: String

        func run() async throws {
            try await exitingOnFailure {
                var tokens = try place.read()
                guard tokens.remove(name) else {
                    throw Failure(.refused, "There is no token of the name \(name).")
                }
                try place.write(tokens)
            }
        }
    }
}
