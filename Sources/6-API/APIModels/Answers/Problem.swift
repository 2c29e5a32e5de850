/// An error as RFC 9457 says it: the body of every response that is no success.
///
/// `code` is stable and meant for programs. A refusal's is the ISO 20022 reason code, with
/// `reason` to say it exactly; an `invalid` request has a `reason` as well.
public struct Problem: Error, Hashable, Sendable, Codable {
    /// `urn:giro:problem:` and the kind of problem.
    public let type: String
    /// The kind of problem in a few words, the same for every problem of the kind.
    public let title: String
    /// The HTTP status.
    public let status: Int
    /// A sentence about this request that says what to do.
    public let detail: String
    /// The stable word for programs.
    public let code: String
    /// The rule that was broken, where the code stands for several.
    public let reason: String?
    /// The answer to a command, where it is one.
    public let verdict: String?
    /// With the reason `wrongNode`: where to send it.
    public let node: String?
    /// Of a node that is not ready: what is wrong with it.
    public var conditions: [ConditionReport]?

    package init(
        type: String, title: String, status: Int, detail: String, code: String, reason: String?,
        verdict: String?, node: String?, conditions: [ConditionReport]? = nil
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
        self.reason = reason
        self.verdict = verdict
        self.node = node
        self.conditions = conditions
    }

    /// The content type of problems, by RFC 9457.
    public static let mediaType = "application/problem+json"

    /// Whether the same request can be sent again and may fare better.
    public var isRetryable: Bool { status == 503 }

    /// Whether a command that is answered so has changed nothing for certain: the request itself
    /// was rejected, or the code says that nothing was recorded.
    public var isUnrecorded: Bool {
        status < 500 || Self.unrecordedCodes.contains(code)
    }

    /// Of the node's errors, those that say that nothing was recorded. A test compares them with
    /// the node's own: a client needs no node to know them.
    private static let unrecordedCodes: Set<String> = ["busy", "stopping", "clockNotTrusted"]
}
