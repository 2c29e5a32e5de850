import Chain
import Engine
import Links
import Saga
import Wire

/// The result of one or more calls of an engine, in words that tests compare.
struct Outcome {
    let events: [Event<Fact>]
    let outputs: [Output]
    let drops: [Drop: Int]
    /// The cursors that went into commits.
    let inboxes: [NodeName: Int64]
    /// How many commits there were.
    let commitCount: Int
    /// The entries for peers that have a number.
    let letters: [Letter]
    /// What of them concerns steps.
    let words: [Word]

    init(_ batches: [Batch<Fact>], of node: NodeName) {
        events = batches.flatMap(\.events)
        outputs = batches.flatMap(\.outputs)
        drops = batches.reduce(into: [:]) { $0.merge($1.drops, uniquingKeysWith: +) }
        inboxes = batches.reduce(into: [:]) { inboxes, batch in
            guard !batch.events.isEmpty else { return }
            inboxes.merge(batch.inboxes) { $1 }
        }
        commitCount = batches.count { !$0.events.isEmpty }
        letters = batches.flatMap(\.parts).compactMap { parts in
            guard let shown = try? Shown(decoding: parts.shown), let number = shown.number else {
                return nil
            }
            return Letter(from: node, to: shown.peer, number)
        }
        words = events.compactMap { Word($0, from: node) }
    }

    var dropped: Int { drops.values.reduce(0, +) }
    /// But for the `read`s, which only say how far peers were taken.
    var entries: [Recorded] { allEntries.filter { $0.isNoRead } }
    var allEntries: [Recorded] { events.map(Recorded.init) }
    var sent: [Sent] { words.map(Sent.init) }

    var asked: [Asked] {
        outputs.compactMap { output in
            if case .ask(let step, let stop) = output { Asked(step: step, stop: stop) } else { nil }
        }
    }

    var answers: [Answer] {
        outputs.compactMap { output in
            if case .reply(_, let reply) = output { Answer(reply) } else { nil }
        }
    }

    var answer: Answer? { answers.first }
    var isSilent: Bool { events.isEmpty && outputs.isEmpty }

    /// What the relays have to know.
    var notices: [Notice] { outputs.compactMap(Notice.init) }

    /// By peer, the `read`s among the entries.
    var reads: [(peer: NodeName, read: Read)] {
        events.compactMap { event in
            if case .read(let read, let peer, _) = event { (peer: peer, read: read) } else { nil }
        }
    }
}

/// An entry, without the details.
enum Recorded: Hashable, Sendable {
    case decided(StepState, Refusal? = nil)
    case repeated(StepState)
    case forgotten
    case applied
    case refused(Refusal)
    case abandonRequested
    case inboxAdvanced
    case quarantined(Quarantined.Cause)
    case opened
    case read(NodeName)
    case keyTaken(NodeName)
    case keyCompared(NodeName)
    case peerSuspended(NodeName)
    case peerAccepted(NodeName)
    case peerAnswered(NodeName)
    case timelineStarted(UInt64)
    case timelineShown(NodeName)
    case keyRotated
    case keyShown(NodeName)
    case clockAccepted(Timestamp)
    case intakeSet(NodeName, Intake)

    init(_ event: Event<Fact>) {
        self =
            switch event {
            case .stepDecided(let decided): .decided(decided.state, decided.refusal)
            case .stepRepeated(let repeated): .repeated(repeated.state)
            case .stepForgotten: .forgotten
            case .operationDecided(let decided):
                switch decided.outcome {
                case .applied: .applied
                case .refused(let refusal): .refused(refusal)
                }
            case .abandonRequested: .abandonRequested
            case .inboxAdvanced: .inboxAdvanced
            case .quarantined(let quarantined): .quarantined(quarantined.cause)
            case .nodeOpened: .opened
            case .read(_, let peer, _): .read(peer)
            case .peerKeyTaken(let peer, _): .keyTaken(peer)
            case .peerKeyCompared(let peer, _, _): .keyCompared(peer)
            case .peerSuspended(let peer, _): .peerSuspended(peer)
            case .peerAccepted(let peer, _, _): .peerAccepted(peer)
            case .peerAnswered(let peer): .peerAnswered(peer)
            case .timelineStarted(let timeline, _, _): .timelineStarted(timeline.number)
            case .timelineShown(_, let peer): .timelineShown(peer)
            case .keyRotated: .keyRotated
            case .keyShown(_, let peer): .keyShown(peer)
            case .clockAccepted(let time, _, _): .clockAccepted(time)
            case .intakeSet(let peer, let intake, _): .intakeSet(peer, intake)
            }
    }

    var isNoRead: Bool { if case .read = self { false } else { true } }

    /// The kind alone.
    var kind: String { String("\(self)".prefix { $0 != "(" }) }
}

/// What an entry says to the neighbour that it is about, without the content.
struct Sent: Hashable, Sendable {
    let prompt: Prompt
    /// Of the receiver's step.
    let number: Int
    let receiver: NodeName
    let refusal: Refusal?

    init(_ prompt: Prompt, _ number: Int, to receiver: NodeName, _ refusal: Refusal? = nil) {
        self.prompt = prompt
        self.number = number
        self.receiver = receiver
        self.refusal = refusal
    }

    init(_ word: Word) {
        self.init(word.prompt, word.step.number, to: word.receiver, word.refusal)
    }
}

/// What a relay has to know besides the log.
enum Notice: Hashable, Sendable {
    case heard(NodeName, Read)
    case sayAgain(NodeName)
    case linkChanged(NodeName)

    init?(_ output: Output) {
        switch output {
        case .heard(let peer, let read): self = .heard(peer, read)
        case .sayAgain(let peer): self = .sayAgain(peer)
        case .linkChanged(let peer, _, _): self = .linkChanged(peer)
        case .reply, .ask: return nil
        }
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
    case timelineNotShown
    case value

    init(_ reply: Reply) {
        self =
            switch reply {
            case .verdict(let verdict): .verdict(verdict)
            case .busy: .busy
            case .shareFull: .shareFull
            case .unknownSaga: .unknownSaga
            case .unknownPeer: .unknownPeer
            case .timelineNotShown: .timelineNotShown
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
