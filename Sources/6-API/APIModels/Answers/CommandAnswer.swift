public import Saga

/// The answer to a command: a response's body, or a line of a batch's.
public struct CommandAnswer: Hashable, Sendable {
    /// The decision about the command; ``word`` is how JSON spells it.
    public enum Verdict: Hashable, Sendable {
        /// Done, or for a transfer: held and in progress.
        case applied
        /// The very same command was sent before; its first answer.
        case duplicate(of: FirstAnswer)
        /// A rule rejected the command, and that is recorded.
        case refused(Refusal)
        /// The UUID was used for something else.
        case conflict
        /// Remembered nowhere: corrected, it can be sent again.
        case invalid(InvalidRequest)
        /// Not tried, or its outcome is not known yet: send the same command again. Only in
        /// batches, where the HTTP status can no longer say it.
        case busy
    }

    /// The answer to the first command of that UUID.
    public enum FirstAnswer: Hashable, Sendable {
        case applied
        case refused(Refusal)
    }

    /// `nil` where no UUID could be read.
    public let id: CommandID?
    /// The decision, or why there is none.
    public let verdict: Verdict
    /// With a transfer sent by itself: how it stands now.
    public let state: TransferState?
    /// With ``Verdict/busy``: why the line was not tried, where it is another reason than load.
    public let obstacle: Obstacle?

    /// Takes the parts as they are: whether they belong together is not checked.
    public init(
        id: CommandID?, _ verdict: Verdict, state: TransferState? = nil, obstacle: Obstacle? = nil
    ) {
        self.id = id
        self.verdict = verdict
        self.state = state
        self.obstacle = obstacle
    }

    /// Why a line of a batch was not tried: the code and detail that a request by itself would be
    /// answered with.
    public struct Obstacle: Hashable, Sendable {
        /// `unauthorized` or `forbidden`: the token was removed, or its role changed.
        public let code: String
        /// The sentence for people that belongs to the code.
        public let detail: String

        /// Takes the code and the detail of the problem that a request by itself would get.
        public init(code: String, detail: String) {
            (self.code, self.detail) = (code, detail)
        }
    }
}

extension CommandAnswer.Verdict {
    /// The stable word for it.
    public var word: String {
        switch self {
        case .applied: "applied"
        case .duplicate: "duplicate"
        case .refused: "refused"
        case .conflict: "conflict"
        case .invalid: "invalid"
        case .busy: "busy"
        }
    }

    /// Whether it says nothing about the command, which has to be sent again.
    public var isRetryable: Bool { self == .busy }
}
