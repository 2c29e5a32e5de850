import Foundation

/// `deploy/test --fast`, which starts no server and no process.
public enum FastRun {
    /// Whether this is one: the variable `GIRO_FAST` is set.
    public static let isOn = ProcessInfo.processInfo.environment["GIRO_FAST"] != nil
}
