import CLibpq

/// The version of libpq in use, as in `15.20`.
public var libraryVersion: String {
    let number = PQlibVersion()
    return "\(number / 10_000).\(number % 10_000)"
}
