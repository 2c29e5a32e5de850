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
    /// The client or person that decided it; `nil` for what followed from messages or time.
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
        content = told.content?.description
        step = told.step
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
    var content: Hash?
    var step: Int?
    var refusal: Refusal?
    var facts: [LedgerFact] = []
}

extension Event<LedgerFact> {
    fileprivate var told: Told {
        switch self {
        case .stepDecided(let decided):
            Told(
                name: decided.facts.isEmpty && decided.state == .cancelled
                    ? "refused" : "\(decided.state)",
                content: decided.step.saga.contentHash, step: decided.step.number,
                refusal: decided.refusal, facts: decided.facts)
        case .operationDecided(let decided): decided.told
        case .abandonRequested: Told(name: "abandonRequested")
        case .inboxAdvanced: Told(name: "inboxAdvanced")
        case .inboxRestarted: Told(name: "inboxRestarted")
        case .quarantined(let quarantined): Told(name: "quarantined(\(quarantined.cause))")
        case .nodeOpened: Told(name: "nodeOpened")
        case .witnessed(let peer, _): Told(name: "witnessed(\(peer))")
        case .peerSuspended(let peer, _): Told(name: "peerSuspended(\(peer))")
        case .peerAccepted(let peer, _): Told(name: "peerAccepted(\(peer))")
        case .timelineStarted(let timeline, _, _): Told(name: "timelineStarted(\(timeline))")
        case .keyRotated(let publicKey, _):
            Told(name: "keyRotated(\(PublicKey(bytes: publicKey)?.keyID.description ?? "?"))")
        case .clockAccepted(let time, _, _): Told(name: "clockAccepted(\(time.text))")
        case .intakeSet(let peer, let intake, _): Told(name: "intakeSet(\(peer), \(intake))")
        }
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
