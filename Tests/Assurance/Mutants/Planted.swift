#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bug that this process has, if any: the value of the environment's `GIRO_MUTANT`.
///
/// Only the build of `deploy/mutants` holds this file, and the places that ask it.
public let plantedBug = getenv("GIRO_MUTANT").map { String(cString: $0) } ?? ""

/// Whether this process has the bug of that name.
public func planted(_ name: String) -> Bool { plantedBug == name }
