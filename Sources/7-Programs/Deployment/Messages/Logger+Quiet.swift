package import Logging

extension Logger {
    /// For commands that report failures in their own words.
    package static var quiet: Logger {
        var logger = Logger(label: "giro")
        logger.logLevel = .critical
        return logger
    }
}
