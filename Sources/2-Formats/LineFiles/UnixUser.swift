#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A user of this machine.
public struct UnixUser: Hashable, Sendable {
    /// The number that the system knows the user by.
    public let id: UInt32

    /// Takes any number, whether a user has it or not.
    public init(id: UInt32) {
        self.id = id
    }

    /// The user who started this process (its real user id).
    public static var current: UnixUser { UnixUser(id: getuid()) }

    /// The name in the system's list of users; the number, where it has none.
    ///
    /// May ask a directory service, and so take its time.
    public var name: String {
        let bytesMax = 16 * 1_024
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytesMax) { buffer in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard let start = buffer.baseAddress,
                getpwuid_r(id, &entry, start, bytesMax, &found) == 0,
                let name = found?.pointee.pw_name
            else { return "\(id)" }
            return String(cString: name)
        }
    }
}
