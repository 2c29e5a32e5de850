import Chain
import Engine
import Saga

/// The result of one call of an engine, in words that tests compare.
struct Outcome {
    let batch: Batch<Fact>
    /// Those that follow from the entries, then those that follow from none.
    let messages: [Message]

    init(_ batch: Batch<Fact>, of node: NodeName) {
        self.batch = batch
        let unrecorded = batch.outputs.compactMap { output in
            if case .send(let message) = output { message } else { nil }
        }
        messages = batch.events.compactMap { $0.message(from: node) } + unrecorded
    }

    var entries: [Recorded] { batch.events.map(Recorded.init) }
    var sent: [Sent] { messages.map(Sent.init) }

    var asked: [Asked] {
        batch.outputs.compactMap { output in
            if case .ask(let step, let stop) = output { Asked(step: step, stop: stop) } else { nil }
        }
    }

    var answers: [Answer] {
        batch.outputs.compactMap { output in
            if case .reply(_, let reply) = output { Answer(reply) } else { nil }
        }
    }

    var answer: Answer? { answers.first }
    var isSilent: Bool { batch.events.isEmpty && batch.outputs.isEmpty }
}

/// An entry, without the details.
enum Recorded: Hashable, Sendable {
    case decided(StepState, Refusal? = nil)
    case applied
    case refused(Refusal)
    case abandonRequested
    case inboxAdvanced
    case inboxRestarted(NodeName)
    case quarantined(Quarantined.Cause)
    case opened
    case witnessed(NodeName)
    case peerSuspended(NodeName)
    case peerAccepted(NodeName)
    case timelineStarted(UInt64)
    case keyRotated
    case clockAccepted(Timestamp)
    case intakeSet(NodeName, Intake)

    init(_ event: Event<Fact>) {
        self =
            switch event {
            case .stepDecided(let decided): .decided(decided.state, decided.refusal)
            case .operationDecided(let decided):
                switch decided.outcome {
                case .applied: .applied
                case .refused(let refusal): .refused(refusal)
                }
            case .abandonRequested: .abandonRequested
            case .inboxAdvanced: .inboxAdvanced
            case .inboxRestarted(let peer): .inboxRestarted(peer)
            case .quarantined(let quarantined): .quarantined(quarantined.cause)
            case .nodeOpened: .opened
            case .witnessed(let peer, _): .witnessed(peer)
            case .peerSuspended(let peer, _): .peerSuspended(peer)
            case .peerAccepted(let peer, _): .peerAccepted(peer)
            case .timelineStarted(let timeline, _, _): .timelineStarted(timeline)
            case .keyRotated: .keyRotated
            case .clockAccepted(let time, _, _): .clockAccepted(time)
            case .intakeSet(let peer, let intake, _): .intakeSet(peer, intake)
            }
    }
}

/// A message, without its content.
struct Sent: Hashable, Sendable {
    let kind: Message.Kind
    let number: Int
    let receiver: NodeName
    let refusal: Refusal?

    init(_ kind: Message.Kind, _ number: Int, to receiver: NodeName, _ refusal: Refusal? = nil) {
        self.kind = kind
        self.number = number
        self.receiver = receiver
        self.refusal = refusal
    }

    init(_ message: Message) {
        self.init(message.kind, message.step.number, to: message.receiver, message.refusal)
    }
}

struct Asked: Hashable, Sendable {
    let step: StepID
    let stop: Bool
}

/// A reply that can be compared.
enum Answer: Hashable, Sendable {
    case verdict(Verdict)
    case busy
    case shareFull
    case unknownSaga
    case unknownPeer
    case value

    init(_ reply: Reply) {
        self =
            switch reply {
            case .verdict(let verdict): .verdict(verdict)
            case .busy: .busy
            case .shareFull: .shareFull
            case .unknownSaga: .unknownSaga
            case .unknownPeer: .unknownPeer
            case .value: .value
            }
    }

    static let applied = Answer.verdict(.applied)
    static let conflict = Answer.verdict(.conflict)
    static func refused(_ refusal: Refusal) -> Answer { .verdict(.refused(refusal)) }
    static func duplicate(of first: Verdict.FirstAnswer) -> Answer {
        .verdict(.duplicate(of: first))
    }
}
