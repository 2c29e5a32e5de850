import Engine
import Saga
import Wire

/// A numbered entry of a log for a peer, as the addressee has to understand it.
struct Told: Hashable {
    /// Its place in the log that it stands in.
    var position: Position
    /// What it asks of which step of the addressee's; `nil` where it is about no saga, or in no
    /// language that the addressee knows.
    var asks: Question?
    /// Why, where it cancels.
    var refusal: Refusal?

    struct Question: Hashable {
        let prompt: Prompt
        let step: StepID
    }
}

extension Event {
    /// - Returns: `nil` for an entry without a number.
    func told(at position: Position) -> (to: NodeName, Told)? {
        guard isNumbered, let receiver else { return nil }
        var told = Told(position: position)
        switch self {
        case .stepDecided(let decided):
            told.asks = Told.Question(decided.step, is: decided.state)
            told.refusal = decided.refusal
        case .stepRepeated(let repeated):
            told.asks = Told.Question(repeated.step, is: repeated.state)
            told.refusal = repeated.refusal
        case .abandonRequested(let request):
            told.asks = Told.Question(prompt: .abandon, step: request.step.next)
        default: break
        }
        return (receiver, told)
    }
}

extension Told.Question {
    /// What follows for a neighbour from what was decided of a step.
    init?(_ step: StepID, is state: StepState) {
        switch state {
        case .unknown, .deciding: return nil
        case .reserved: self.init(prompt: .reserve, step: step.next)
        case .confirmed: self.init(prompt: .confirm, step: step.previous)
        case .cancelled: self.init(prompt: .cancel, step: step.previous)
        }
    }

    /// Whether the owner of the step before asks, not that of the step after.
    var isForward: Bool { prompt == .reserve || prompt == .abandon }

    /// Whose word it is, by what the addressee knows of the step.
    func neighbour(in record: StepRecord) -> NodeName? {
        isForward ? record.previous : record.next
    }
}
