package import APIModels
import AccessControl
import EventLog
import Hummingbird
package import Node
import Projection
package import Saga

extension Problem {
    private init(
        _ kind: String, _ title: String, _ status: HTTPResponse.Status, _ detail: String,
        code: String? = nil, reason: String? = nil, verdict: String? = nil, node: String? = nil
    ) {
        self.init(
            type: "urn:giro:problem:\(kind)", title: title, status: status.code, detail: detail,
            code: code ?? kind, reason: reason, verdict: verdict, node: node)
    }

    package init(_ invalid: InvalidRequest) {
        self.init(
            "invalid", "The request is malformed.", .badRequest, invalid.detail,
            reason: invalid.reason.rawValue, verdict: "invalid", node: invalid.node?.text)
    }

    /// A refusal, as the participant of the node that gives it explains it.
    package init(_ reason: RefusalReason) {
        self.init(
            "refused", "A rule does not allow it.", .unprocessableContent, reason.explanation,
            code: reason.isoCode, reason: reason.refusal.code, verdict: "refused")
    }

    package static let conflict = Problem(
        "conflict", "The UUID was used for something else.", .conflict,
        "Send what was first sent under this UUID, or use a new one.", verdict: "conflict")

    package init(_ error: NodeError) {
        self.init(
            error.code.rawValue, "There is no answer now.", .serviceUnavailable, error.description)
    }

    /// Nothing of the log's own words: they are for the operator.
    init(_ error: LogError) {
        guard error.isRetryable else {
            self = .failure
            return
        }
        self.init(
            "unavailable", "There is no answer now.", .serviceUnavailable,
            "The node's log cannot be read at the moment; retry later.")
    }

    init(_ error: ProjectionError) {
        self = .statementsBehind
    }

    static let failure = Problem(
        "internal", "The node has a fault.", .internalServerError,
        "The node's operator finds more about it in the node's own log.")

    static let unauthorized = Problem(
        "unauthorized", "A token is needed.", .unauthorized,
        "Send the header Authorization: Bearer and a token that this node's token file knows.")

    static func forbidden(_ role: Role) -> Problem {
        Problem(
            "forbidden", "The token's role does not allow it.", .forbidden,
            "This needs a token with the role \(role.rawValue).", reason: role.rawValue)
    }

    /// - Parameter conditions: At least one, the gravest first.
    static func notReady(_ conditions: [ConditionReport]) -> Problem {
        let code = conditions.first?.code ?? NodeCondition.Code.starting.rawValue
        let meaning = conditions.first?.known?.meaning ?? "The node is not ready."
        var problem = Problem(code, "The node is not ready.", .serviceUnavailable, meaning)
        problem.conditions = conditions
        return problem
    }

    static let tokensUnusable = Problem(
        "tokensUnusable", "There is no answer now.", .serviceUnavailable,
        "The node's token file cannot be used, so no token is valid here; its log says more.")

    static let noAnswer = Problem(
        "noAnswer", "There is no answer now.", .serviceUnavailable,
        "The outcome is not known; send the same request again to learn it.")
    static let tooSlow = Problem(
        "tooSlow", "The request came in too slowly.", .requestTimeout,
        "Send the whole request without a pause.")
    static let notHTTP = Problem(
        "notHTTP", "That is no request.", .badRequest,
        "What was sent cannot be read as HTTP/1.1.")
    static let host = Problem(
        "host", "The request names no host, or several.", .badRequest,
        "Send the header Host exactly once, as HTTP/1.1 asks for it.")
    static let headTooLarge = Problem(
        "headTooLarge", "The request's head is too large.", .requestHeaderFieldsTooLarge,
        "Send fewer or shorter header fields.")

    package static let statementsBehind = Problem(
        "statementsBehind", "There is no answer now.", .serviceUnavailable,
        "The statements are being rebuilt from the log; retry later.")

    static let unknownRoute = Problem(
        "unknownRoute", "There is nothing here.", .notFound,
        "The path is none of this API's.")
    package static let unknownTransfer = Problem(
        "unknownTransfer", "The transfer is not known.", .notFound,
        "This node has seen no transfer of that UUID.")
    static let unknownPeer = Problem(
        "unknownPeer", "The peer is not known.", .notFound,
        "No peer of this node has that name, or its key was never compared.")
    static let timelineNotShown = Problem(
        "timelineNotShown", "There is no timeline to accept.", .conflict,
        """
        The peer has not shown a new timeline that can be accepted under this key. It shows it \
        again by itself: retry, or compare the peer's key with its operator.
        """)
    static let otherPeerKey = Problem(
        "otherPeerKey", "The peer has another key.", .conflict,
        """
        The log already knows the peer's key, and the peer's own log names the next one. Another \
        is taken only while nothing of the peer was taken, or after this log has lost its end.
        """)
    package static let unknownAccount = Problem(
        "unknownAccount", "The account is not known.", .notFound,
        "This node keeps no account of that id.")
    static let methodNotAllowed = Problem(
        "methodNotAllowed", "The method does not fit the path.", .methodNotAllowed,
        "The header Allow names the methods that do.")
    package static let bodyTooLarge = Problem(
        "bodyTooLarge", "The body is too large.", .contentTooLarge,
        """
        A command has at most \(RequestLimits.lineBytesMax) bytes, a question \
        \(RequestLimits.questionBytesMax); many commands go line by line.
        """)

    static func mediaType(_ wanted: String) -> Problem {
        Problem(
            "mediaType", "The body has the wrong media type.", .unsupportedMediaType,
            "The header Content-Type must be \(wanted).")
    }

    static let contentEncoding = Problem(
        "contentEncoding", "The body is encoded.", .unsupportedMediaType,
        "Send the body as it is, without the header Content-Encoding.")

    package static func tooManyLines(_ most: Int) -> Problem {
        Problem(
            "bodyTooLarge", "The body is too large.", .contentTooLarge,
            "At most \(most) lines can be asked about at once.")
    }

    static func status(_ status: HTTPResponse.Status) -> Problem {
        Problem("http\(status.code)", status.reasonPhrase, status, status.reasonPhrase)
    }
}
