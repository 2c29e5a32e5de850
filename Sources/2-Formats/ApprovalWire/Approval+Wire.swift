public import Approval
import Saga
public import Wire

extension Approval: WireParticipant {
    private static let approveKind = "approve"

    /// Knows `approve`; a body with fields that this version does not know is not understood.
    public static func read(
        actionOf kind: String, body: [UInt8]
    ) -> ActionReading<ApprovalAction> {
        guard kind == approveKind else { return .foreign }
        do throws(WireError) {
            let wire = try Giro_Approval_V1_Approve(wire: body)
            try wire.requireAllKnown()
            return .known(.approve(subject: wire.subject))
        } catch {
            return .notUnderstood
        }
    }

    /// `approve`, for every action.
    public static func kind(of action: ApprovalAction) -> String { approveKind }

    /// The protobuf message of `topics/approval.proto` for the action's body.
    public static func encode(_ action: ApprovalAction) -> [UInt8] {
        switch action {
        case .approve(let subject):
            var wire = Giro_Approval_V1_Approve()
            wire.subject = subject
            return wire.wireBytes()
        }
    }

    /// The protobuf message that a log keeps the fact as.
    public static func encode(_ fact: ApprovalFact) -> [UInt8] {
        let wire: Giro_Approval_V1_Fact =
            switch fact {
            case .asked(let step, let subject): .init(.asked, step, subject: subject)
            case .approved(let step): .init(.approved, step)
            case .confirmed(let step): .init(.confirmed, step)
            case .cancelled(let step): .init(.cancelled, step)
            }
        return wire.wireBytes()
    }

    /// Reads what `encode` makes of a fact.
    /// - Throws: It is no fact, or one with fields or a kind that this version does not know.
    public static func decodeFact(_ bytes: [UInt8]) throws(WireError) -> ApprovalFact {
        let wire = try Giro_Approval_V1_Fact(wire: bytes)
        try wire.requireAllKnown()
        let step = try StepID(wire: wire.saga, wire.number, "a question's step")
        guard wire.kind == .asked || wire.subject.isEmpty else {
            throw WireError("an answer carries a subject")
        }
        switch wire.kind {
        case .asked: return .asked(step, subject: wire.subject)
        case .approved: return .approved(step)
        case .confirmed: return .confirmed(step)
        case .cancelled: return .cancelled(step)
        case .unspecified, .UNRECOGNIZED: throw WireError("an approval's fact is of no known kind")
        }
    }

    /// The open questions in the order of their steps, as snapshots keep them.
    public func encodedState() -> [UInt8] {
        var wire = Giro_Approval_V1_Snapshot()
        wire.questions = questions.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        return wire.wireBytes()
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no such state, or names a step twice.
    public init(encodedState: [UInt8]) throws(WireError) {
        let wire = try Giro_Approval_V1_Snapshot(wire: encodedState)
        try wire.requireAllKnown()
        self.init(
            questions: try Dictionary(reading: wire.questions, "the list of questions") {
                question throws(WireError) in
                try question.requireAllKnown()
                let step = try StepID(wire: question.saga, question.number, "a question's step")
                return (step, Question(subject: question.subject, isApproved: question.approved))
            })
    }
}

extension Giro_Approval_V1_Fact {
    fileprivate init(_ kind: Kind, _ step: StepID, subject: String = "") {
        self.init()
        self.kind = kind
        self.subject = subject
        saga = step.saga.wire
        number = step.wireNumber
    }
}

extension Giro_Approval_V1_Snapshot.Question {
    fileprivate init(_ step: StepID, _ question: Approval.Question) {
        self.init()
        saga = step.saga.wire
        number = step.wireNumber
        subject = question.subject
        approved = question.isApproved
    }
}
