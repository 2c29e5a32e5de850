public import Saga

/// An approval as a participant: requested when the step is reserved, given or refused later.
///
/// The smallest participant whose steps are `deciding`: it holds nothing but the open question.
public struct Approval: Hashable, Sendable {
    /// What was asked, and whether it was approved already.
    public struct Question: Hashable, Sendable {
        /// The text that people are asked to approve, as the itinerary has it.
        public let subject: String
        /// True once the late answer was yes; the step can still be cancelled.
        public internal(set) var isApproved: Bool

        /// Takes the parts as they are: ``check(_:)`` bounds the subject.
        public init(subject: String, isApproved: Bool = false) {
            self.subject = subject
            self.isApproved = isApproved
        }
    }

    /// The most characters (Unicode scalars, so that all versions count alike) of a subject.
    public static var subjectCharactersMax: Int { 140 }

    /// The questions of steps that can still be confirmed or cancelled.
    public private(set) var questions: [StepID: Question]

    /// Takes the questions of a snapshot as they are; without them there are none.
    public init(questions: [StepID: Question] = [:]) {
        self.questions = questions
    }
}

/// The part of an itinerary that an approver understands.
public enum ApprovalAction: Hashable, Sendable {
    case approve(subject: String)
}

/// Nothing can be asked of it outside a saga.
public enum ApprovalOperation: Hashable, Sendable {}

/// The course of one question, as the log keeps it.
public enum ApprovalFact: Hashable, Sendable {
    case asked(StepID, subject: String)
    case approved(StepID)
    case confirmed(StepID)
    case cancelled(StepID)
}

extension Approval: Participant {
    /// One question per step: a second one would need a second answer. Approvers read the question,
    /// so its length is limited.
    public func check(_ itinerary: Itinerary<ApprovalAction>) throws(Refusal) {
        guard itinerary.steps.allSatisfy({ $0.actions.count <= 1 }) else {
            throw .brokenItinerary
        }
        for case .approve(let subject) in itinerary.steps.flatMap(\.actions) {
            guard subject.unicodeScalars.count <= Self.subjectCharactersMax else {
                throw .brokenItinerary
            }
        }
    }

    /// Asks the step's one question and leaves the step `deciding`; a step without actions is
    /// reserved at once. Refuses nothing.
    public func reserve(
        _ request: StepRequest<ApprovalAction>
    ) throws(Refusal) -> Reservation<ApprovalFact> {
        guard case .approve(let subject)? = request.actions.first else {
            return Reservation(facts: [])
        }
        precondition(questions[request.id] == nil, "a saga decides a step once")
        return Reservation(facts: [.asked(request.id, subject: subject)], isDeciding: true)
    }

    /// Asks and approves at once: the outside said yes when the step was reserved first, and could
    /// now say something else.
    public func reserveAgain(
        _ request: StepRequest<ApprovalAction>
    ) throws(Refusal) -> Reservation<ApprovalFact> {
        let reservation = try reserve(request)
        guard reservation.isDeciding else { return reservation }
        return Reservation(facts: reservation.facts + [.approved(request.id)])
    }

    /// One fact for an open question; empty where it was approved before or never asked.
    public func accept(_ step: StepID) -> [ApprovalFact] {
        questions[step]?.isApproved == false ? [.approved(step)] : []
    }

    /// One fact that ends the question. The fold refuses it where the question was never approved.
    public func confirm(_ step: StepID) -> [ApprovalFact] { holds(step) ? [.confirmed(step)] : [] }

    /// One fact that ends the question, approved or not.
    public func cancel(_ step: StepID) -> [ApprovalFact] { holds(step) ? [.cancelled(step)] : [] }

    /// True while the step's question is kept, approved or not.
    public func holds(_ step: StepID) -> Bool { questions[step] != nil }

    /// Cannot be called: there is no value of ``ApprovalOperation``.
    public func perform(_ operation: ApprovalOperation) throws(Refusal) -> ApprovalFact {}

    /// Folds a fact and checks that it adds up: a question is asked, approved and ended once, and
    /// confirmed only when approved.
    public mutating func apply(_ fact: ApprovalFact) throws(FoldFault) {
        switch fact {
        case .asked(let step, let subject):
            guard questions.updateValue(Question(subject: subject), forKey: step) == nil else {
                throw FoldFault("step \(step) was asked twice")
            }
        case .approved(let step):
            guard questions[step]?.isApproved == false else {
                throw FoldFault("step \(step) has no open question")
            }
            questions[step]?.isApproved = true
        case .confirmed(let step):
            guard questions.removeValue(forKey: step)?.isApproved == true else {
                throw FoldFault("step \(step) was confirmed without approval")
            }
        case .cancelled(let step):
            guard questions.removeValue(forKey: step) != nil else {
                throw FoldFault("step \(step) was never asked")
            }
        }
    }
}
