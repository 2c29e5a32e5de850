/// Ends the program with a message for people and a documented exit code.
package struct Failure: Error, CustomStringConvertible {
    package enum Code: Int32 {
        /// A check failed, or something was refused.
        case refused = 1
        /// A node or a file cannot be reached or used, or an outcome is not known yet.
        case unavailable = 2
        /// Another process has the log, or has taken it over.
        case taken = 75
    }

    package let code: Code
    /// What was wrong, and what to do.
    package let description: String

    /// - Parameter description: May show what stands in a file or on the command line: what a
    ///   terminal would obey is escaped.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description.visible(keepingLines: true)
    }
}
