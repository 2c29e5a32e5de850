import Saga

/// What an entry of one node asks or says of a step of another, whether the engine of the first
/// would write it or not.
struct Word: Hashable, Sendable {
    var prompt: Prompt
    var sender: NodeName
    var receiver: NodeName
    /// The receiver's.
    var step: StepID
    var content: [UInt8] = []
    var deadline: Timestamp?
    var refusal: Refusal?
    /// An entry before said so already.
    var isRepeated = false

    init(_ prompt: Prompt, from sender: NodeName, to receiver: NodeName, step: StepID) {
        self.prompt = prompt
        self.sender = sender
        self.receiver = receiver
        self.step = step
    }

    /// What follows from an entry for the neighbour that it is about; `nil` where nothing does.
    init?(_ event: Event<Fact>, from sender: NodeName) {
        guard let receiver = event.receiver else { return nil }
        switch event {
        case .stepDecided(let decided):
            self.init(decided.step, decided.state, from: sender, to: receiver)
            content = decided.state == .reserved ? decided.content : []
            deadline = decided.state == .reserved ? decided.deadline : nil
            refusal = decided.refusal
        case .stepRepeated(let repeated):
            self.init(repeated.step, repeated.state, from: sender, to: receiver)
            (content, deadline) = (repeated.content, repeated.deadline)
            (refusal, isRepeated) = (repeated.refusal, true)
        case .abandonRequested(let request):
            self.init(.abandon, from: sender, to: receiver, step: request.step.next)
        default: return nil
        }
    }

    private init?(
        _ step: StepID, _ state: StepState, from sender: NodeName, to receiver: NodeName
    ) {
        switch state {
        case .unknown, .deciding: return nil
        case .reserved: self.init(.reserve, from: sender, to: receiver, step: step.next)
        case .confirmed: self.init(.confirm, from: sender, to: receiver, step: step.previous)
        case .cancelled: self.init(.cancel, from: sender, to: receiver, step: step.previous)
        }
    }

    /// The entry that says it, as far as its addressee sees it.
    var event: Event<Fact> {
        switch prompt {
        case .reserve where isRepeated:
            return .stepRepeated(
                StepRepeated(
                    step: step.previous, state: .reserved, neighbour: receiver, content: content,
                    deadline: deadline))
        case .reserve:
            return .stepDecided(
                StepDecided(
                    step: step.previous, state: .reserved, previous: nil, next: receiver,
                    content: content, deadline: deadline))
        case .abandon:
            return .abandonRequested(
                AbandonRequested(step: step.previous, next: receiver, principal: nil))
        case .confirm, .cancel:
            let state: StepState = prompt == .confirm ? .confirmed : .cancelled
            guard isRepeated else {
                return .stepDecided(
                    StepDecided(
                        step: step.next, state: state, refusal: refusal, previous: receiver,
                        next: nil))
            }
            return .stepRepeated(
                StepRepeated(
                    step: step.next, state: state, refusal: refusal, neighbour: receiver))
        case .deadline: preconditionFailure("no entry says that time has passed")
        }
    }

    /// The same to another node, whichever owns the step.
    func to(_ receiver: NodeName) -> Word {
        var word = self
        word.receiver = receiver
        return word
    }

    /// The same, marked as said before.
    var again: Word {
        var word = self
        word.isRepeated = true
        return word
    }
}

extension Prompt {
    /// Those that entries make.
    static let said: [Prompt] = [.reserve, .abandon, .confirm, .cancel]

    /// Whether the owner of the step before says it.
    var travelsForward: Bool { self == .reserve || self == .abandon }
}

/// One entry of a node for another, on its way.
struct Letter: Hashable, Sendable {
    let from: NodeName
    let to: NodeName
    let number: UInt64

    init(from: NodeName, to: NodeName, _ number: UInt64) {
        (self.from, self.to, self.number) = (from, to, number)
    }

    /// The direction of a pair that it travels in.
    var line: Line { Line(from: from, to: to) }
}

/// One direction of a pair of nodes.
struct Line: Hashable, Comparable, Sendable {
    let from: NodeName
    let to: NodeName

    static func < (left: Line, right: Line) -> Bool {
        (left.from, left.to) < (right.from, right.to)
    }
}
