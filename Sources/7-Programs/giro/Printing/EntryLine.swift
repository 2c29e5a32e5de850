import Chain
import Deployment
import Engine
import Foundation
import Ledger
import LedgerWire
import Saga
import Wire

/// An entry as one line of JSON, and as one line for people.
struct EntryLine: Encodable {
    struct Line: Encodable {
        let book: String
        /// In minor units.
        let amount: Int64
        let currency: Currency

        /// For people.
        var text: String { "\(book) \(currency.text(amount))" }
    }

    let node: String
    let position: UInt64
    let time: String
    let event: String
    let saga: String?
    /// SHA-256 of the saga's content: with the UUID it names the saga at every node.
    let content: String?
    let step: Int?
    let reason: String?
    /// The client or person that decided it; `nil` for what followed from peers or time.
    let principal: String?
    /// Those who approved, by the names that the principal gave.
    let approvers: [String]?
    let postings: [Line]

    init(_ entry: Entry, at time: Timestamp, of node: NodeFolder) throws {
        let event = try Event<LedgerFact>.decode(entry.parts, saga: entry.saga, for: Ledger.self)
        self.node = node.name.text
        position = entry.position.number
        self.time = time.text
        saga = entry.saga?.description
        let told = event.told
        self.event = told.name
        content = told.step?.saga.contentHash.description
        step = told.step?.number
        reason = told.refusal?.code
        principal = event.principal?.text
        approvers = event.approvers.isEmpty ? nil : event.approvers
        postings = told.facts.flatMap(\.postings).map {
            Line(book: "\($0.book)", amount: $0.minorUnits, currency: $0.currency)
        }
    }
}

extension Timestamp {
    /// ISO 8601, with milliseconds.
    var text: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    }
}

/// What an event is called, and what it did.
private struct Told {
    let name: String
    let step: StepID?
    let refusal: Refusal?
    let facts: [LedgerFact]

    init(
        name: String, _ step: StepID? = nil, refusal: Refusal? = nil, facts: [LedgerFact] = []
    ) {
        (self.name, self.step, self.refusal, self.facts) = (name, step, refusal, facts)
    }
}

extension Event<LedgerFact> {
    fileprivate var told: Told {
        switch self {
        case .stepDecided(let decided):
            Told(
                name: decided.facts.isEmpty && decided.state == .cancelled
                    ? "refused" : "\(decided.state)",
                decided.step, refusal: decided.refusal, facts: decided.facts)
        case .operationDecided(let decided): decided.told
        case .stepRepeated(let repeated):
            Told(
                name: "stepRepeated(\(repeated.state))", repeated.step, refusal: repeated.refusal)
        case .abandonRequested(let request): Told(name: "abandonRequested", request.step)
        case .stepForgotten(let step, let facts): Told(name: "stepForgotten", step, facts: facts)
        case .inboxAdvanced: Told(name: "inboxAdvanced")
        case .nodeOpened: Told(name: "nodeOpened")
        case .timelineStarted(let timeline, _, _):
            Told(name: "timelineStarted(\(timeline.number))")
        case .keyRotated(let publicKey, _): Told(name: "keyRotated(\(Self.id(of: publicKey)))")
        case .clockAccepted(let time, _, _): Told(name: "clockAccepted(\(time.text))")
        case .intakeSet(let peer, let intake, _): Told(name: "intakeSet(\(peer), \(intake))")
        case .read, .peerKeyTaken, .peerSuspended, .peerAccepted, .peerKeyCompared,
            .peerAnswered, .quarantined, .timelineShown, .keyShown:
            Told(name: nameOfPeerEntry)
        }
    }

    /// Of an entry about a peer's log, or about what a peer is shown of this one.
    private var nameOfPeerEntry: String {
        switch self {
        case .read(let read, let peer, _): "read(\(peer), \(read.number))"
        case .peerKeyTaken(let peer, let key): "peerKeyTaken(\(peer), \(Self.id(of: key)))"
        case .peerSuspended(let peer, .forked(let timeline, _, _)):
            "peerSuspended(\(peer), timeline \(timeline.name.number))"
        case .peerSuspended(let peer, .denied(let denial, _)):
            "peerSuspended(\(peer), \(denial))"
        case .peerAccepted(let peer, let accepted, _):
            "peerAccepted(\(peer), \(accepted.timeline.number))"
        case .peerKeyCompared(let peer, let key, _):
            "peerKeyCompared(\(peer), \(Self.id(of: key)))"
        case .peerAnswered(let peer): "peerAnswered(\(peer))"
        case .quarantined(let letter):
            "quarantined(\(letter.cause), \(letter.peer), \(letter.number))"
        case .timelineShown(let timeline, let peer):
            "timelineShown(\(peer), \(timeline.name.number))"
        case .keyShown(let key, let peer): "keyShown(\(peer), \(Self.id(of: key)))"
        default: preconditionFailure("the caller names the others")
        }
    }

    private static func id(of publicKey: [UInt8]) -> String {
        PublicKey(bytes: publicKey)?.keyID.description ?? "?"
    }
}

extension OperationDecided<LedgerFact> {
    fileprivate var told: Told {
        switch outcome {
        case .refused(let refusal): Told(name: "refused", refusal: refusal)
        case .applied(let fact): Told(name: fact.name, facts: [fact])
        }
    }
}
