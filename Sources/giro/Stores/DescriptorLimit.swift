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
    /// Raises the limit as far as the process may. Where that is not at all, it stays as it is.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        #if canImport(Darwin)
            // It refuses what its hard limit seems to allow.
            limit.rlim_cur = min(rlim_t(OPEN_MAX), limit.rlim_max)
        #else
            limit.rlim_cur = limit.rlim_max
        #endif
        _ = setrlimit(resource, &limit)
    }

    #if canImport(Darwin)
        private static let resource = RLIMIT_NOFILE
    #else
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
}
