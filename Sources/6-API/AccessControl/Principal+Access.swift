import APIModels
package import LineFiles
public import Saga

// Who decides, until people log in: a token, or a user of the machine.

extension Principal {
    /// The user who started this process: who decides what a command does to a stopped node.
    public static var processUser: Principal { Principal(UnixUser.current) }

    /// The user by name, or by number where the name is no principal's text.
    package init(_ user: UnixUser) {
        guard let principal = Principal("unix:\(user.name)") ?? Principal("unix:\(user.id)") else {
            preconditionFailure("a number is a principal's text")
        }
        self = principal
    }
}

extension TokenFile.Entry {
    /// The client that shows the token: its role then, and its name.
    package var principal: Principal {
        guard let principal = Principal("token:\(role.rawValue)/\(name)") else {
            preconditionFailure("a token's name is at most 64 printable characters")
        }
        return principal
    }
}
