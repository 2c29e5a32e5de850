import Deployment
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files and sockets a process may have open at once.
///
/// Systems begin with a low one, for the sake of old programs that use `select`, and let a process
/// raise it to another. A node wants it: each client and each connection to a server costs some.
enum DescriptorLimit {
    /// What a node has open before its first client: stores, bus, and four for each thread of the
    /// network's, of which there is one for each core. Each peer costs connections of its topics'
    /// readers and writers. With less it could not even start, or would trap in a library that does
    /// not expect it.
    static func needed(peers: Int) -> rlim_t {
        128 + 4 * rlim_t(ProcessInfo.processInfo.activeProcessorCount) + 32 * rlim_t(peers)
    }

    /// What any other command has open at most, but for one database for each bank.
    static var neededByCommands: rlim_t {
        32 + 4 * rlim_t(ProcessInfo.processInfo.activeProcessorCount)
    }

    /// Raises the limit as far as the process may.
    ///
    /// - Parameter who: What needs so many, for people.
    /// - Throws: ``Failure`` where that is not enough.
    static func raise(for who: String = "a node", needed: rlim_t) throws {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        #if canImport(Darwin)
            // It refuses what its hard limit seems to allow.
            limit.rlim_cur = min(rlim_t(OPEN_MAX), limit.rlim_max)
        #else
            limit.rlim_cur = limit.rlim_max
        #endif
        _ = setrlimit(resource, &limit)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < needed else { return }
        throw Failure(
            .unavailable,
            "The system lets this process have \(limit.rlim_cur) files open at once, and \(who) "
                + "needs \(needed), and one more for each connection: raise the limit (ulimit -n, "
                + "LimitNOFILE= of systemd).")
    }

    #if canImport(Darwin)
        private static let resource = RLIMIT_NOFILE
    #else
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
}
