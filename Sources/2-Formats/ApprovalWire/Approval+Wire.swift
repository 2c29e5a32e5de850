public import Approval
public import Saga
public import Wire

extension Approval: WireParticipant {
    private static let approveKind = "approve"

    /// Knows `approve`; a body with fields that this version does not know is not understood.
    public static func read(
        actionOf kind: String, body: [UInt8]
    ) -> ActionReading<ApprovalAction> {
        guard kind == approveKind else { return .foreign }
        do throws(WireError) {
            var reader = MessageReader(body, "giro.approval.v1.Approve")
            let subject = try reader.string(1)
            try reader.end()
            return .known(.approve(subject: subject))
        } catch {
            return .notUnderstood
        }
    }

    /// `approve`, for every action.
    public static func kind(of action: ApprovalAction) -> String { approveKind }

    /// The protobuf message of `topics/approval.proto` for the action's body.
    public static func encode(_ action: ApprovalAction) -> [UInt8] {
        var writer = MessageWriter()
        switch action {
        case .approve(let subject): writer.write(subject, 1)
        }
        return writer.bytes
    }

    /// The protobuf message that a log keeps the fact as.
    public static func encode(_ fact: ApprovalFact) -> [UInt8] {
        var writer = MessageWriter()
        fact.write(to: &writer)
        return writer.bytes
    }

    /// Reads what `encode` makes of a fact.
    /// - Throws: It is no fact, or one with fields or a kind that this version does not know.
    public static func decodeFact(
        _ bytes: [UInt8], of step: StepID?
    ) throws(WireError) -> ApprovalFact {
        var reader = MessageReader(bytes, "giro.approval.v1.Fact")
        let fact = try ApprovalFact(from: &reader, of: step.required("an approval's fact"))
        try reader.end()
        return fact
    }

    /// The open questions in the order of their steps, as snapshots keep them.
    public func encodedState() -> [UInt8] {
        var writer = MessageWriter()
        for (step, question) in questions.sorted(by: { $0.key < $1.key }) {
            writer.write(1) { question.write(step, to: &$0) }
        }
        return writer.bytes
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no such state, or names a step twice.
    public init(encodedState: [UInt8]) throws(WireError) {
        var reader = MessageReader(encodedState, "giro.approval.v1.Snapshot")
        let questions = try reader.messages(
            1, "giro.approval.v1.Snapshot.Question", Question.entry(from:))
        try reader.end()
        self.init(questions: try Dictionary(uniquePairs: questions, "the list of questions"))
    }
}

extension ApprovalFact {
    /// The raw value stands in the log.
    private enum Kind: UInt64 {
        case asked = 1
        case approved = 2
        case confirmed = 3
        case cancelled = 4
    }

    /// The fields of a `Fact`.
    fileprivate func write(to writer: inout MessageWriter) {
        let (kind, subject): (Kind, String) =
            switch self {
            case .asked(_, let subject): (.asked, subject)
            case .approved: (.approved, "")
            case .confirmed: (.confirmed, "")
            case .cancelled: (.cancelled, "")
            }
        writer.write(kind.rawValue, 1)
        writer.write(subject, 2)
    }

    fileprivate init(from reader: inout MessageReader, of step: StepID) throws(WireError) {
        let kind = Kind(rawValue: try reader.unsigned(1))
        let subject = try reader.string(2)
        guard kind == .asked || subject.isEmpty else {
            throw WireError("an answer carries a subject")
        }
        switch kind {
        case .asked: self = .asked(step, subject: subject)
        case .approved: self = .approved(step)
        case .confirmed: self = .confirmed(step)
        case .cancelled: self = .cancelled(step)
        case nil: throw WireError("an approval's fact is of no known kind")
        }
    }
}

extension Approval.Question {
    fileprivate func write(_ step: StepID, to writer: inout MessageWriter) {
        writer.write(step.wire, 1)
        writer.write(subject, 2)
        writer.write(isApproved, 3)
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (StepID, Approval.Question) {
        let step = try StepID(wire: reader.bytes(1), "a question's step")
        let subject = try reader.string(2)
        return (step, Approval.Question(subject: subject, isApproved: try reader.bool(3)))
    }
}
