import Node

/// An error as RFC 9457 says it: the body of every response that is no success.
///
/// `code` is stable and meant for programs. A refusal's is the ISO 20022 reason code, with
/// `reason` to say it exactly; an `invalid` request has a `reason` as well.
public struct Problem: Error, Hashable, Sendable, Codable {
    /// `urn:giro:problem:` and the kind of problem.
    public let type: String
    public let title: String
    /// The HTTP status.
    public let status: Int
    public let detail: String
    public let code: String
    public let reason: String?
    /// The answer to a command, where it is one.
    public let verdict: String?
    /// With the reason `wrongNode`: where to send it.
    public let node: String?
    /// Of a node that is not ready: what is wrong with it.
    public var conditions: [ConditionReport]?

    public static let mediaType = "application/problem+json"

    /// Whether the same request can be sent again and may fare better.
    public var isRetryable: Bool { status == 503 }

    /// Whether a command that is answered so has changed nothing for certain: the request itself
    /// was rejected, or the code says that nothing was recorded.
    public var isUnrecorded: Bool {
        let unrecorded: [NodeError.Code] = [.busy, .stopping, .clockNotTrusted]
        return status < 500 || unrecorded.contains { $0.rawValue == code }
    }
}
