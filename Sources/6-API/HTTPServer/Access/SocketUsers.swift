import AccessControl
import LineFiles
import NIOCore
import Saga
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The users at the other ends of Unix sockets, by name.
///
/// The names are kept for as long as the process runs: only its own user and root can open the
/// socket, and asking the system for a name may take its time.
package final class SocketUsers: Sendable {
    private let known = Mutex<[UInt32: Principal]>([:])

    private let takesOwnProcess: Bool

    /// - Parameter takesOwnProcess: Whether callers come without a socket, from this process, as in
    ///   tests of routes: they are this process's user.
    package init(takesOwnProcess: Bool = false) {
        self.takesOwnProcess = takesOwnProcess
    }

    /// The user who connected (SO_PEERCRED).
    ///
    /// - Throws: The channel is no socket, or the system does not say who connected.
    func principal(behind channel: any Channel) async throws -> Principal {
        guard let socket = channel as? any SocketOptionProvider else {
            guard takesOwnProcess else { throw ChannelError.operationUnsupported }
            return .processUser
        }
        let id = try await Self.user(of: socket)
        if let principal = known.withLock({ $0[id] }) { return principal }
        let principal = Principal(UnixUser(id: id))
        known.withLock { $0[id] = principal }
        return principal
    }

    #if canImport(Glibc)
        /// As `struct ucred` of socket(7), whose members count as a network library's here.
        private struct Credentials: Sendable {
            let process: Int32
            let user: UInt32
            let group: UInt32
        }

        private static func user(of socket: any SocketOptionProvider) async throws -> UInt32 {
            let credentials: Credentials = try await socket.unsafeGetSocketOption(
                level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET),
                name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
            return credentials.user
        }
    #else
        private static func user(of socket: any SocketOptionProvider) async throws -> UInt32 {
            let credentials: xucred = try await socket.unsafeGetSocketOption(
                level: NIOBSDSocket.OptionLevel(rawValue: SOL_LOCAL),
                name: NIOBSDSocket.Option(rawValue: LOCAL_PEERCRED)
            ).get()
            return credentials.cr_uid
        }
    #endif
}
