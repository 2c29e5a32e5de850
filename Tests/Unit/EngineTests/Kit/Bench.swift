import Chain
import Ledger
import LedgerWire
import Saga
import Stock
import StockWire
import TestKit
import Wire

@testable import Engine

/// Some nodes, a clock that is set by hand, and the entries in flight between them.
///
/// Entries travel as they do outside: in excerpts of the sender's log, under its signed headers.
struct Bench {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    var now = Bench.start
    /// Given and not yet delivered, oldest first.
    var mail: [Letter] = []
    /// By name.
    private var nodes: [BenchNode] = []
    /// What a receiver will have taken of a line once it has decided the inputs that were made for
    /// it since its last step.
    var ahead: [Line: (next: UInt64, header: HeaderName)] = [:]
    private var tickets: UInt64 = 0
    private var operations: UInt64 = 0

    /// Each of `names` is a peer of all others, and has done nothing yet.
    init(empty names: [NodeName], limits: Limits = Limits()) {
        nodes = names.sorted().map { name in
            BenchNode(name, peers: Set(names).subtracting([name]), limits: limits, at: Self.start)
        }
    }

    /// Two banks, a correspondent and a shop: Alice has 1000 at bank-a, Bea 1000 at bank-b, each
    /// may owe every other 1000, and the shop has ten lamps.
    init(limits: Limits = Limits()) {
        self.init(empty: [.bankA, .bankB, .hub, .shop], limits: limits)
        at(.bankA, opening([.alice, .amir], funded: .alice))
        at(.bankB, opening([.bob, .bea], funded: .bea))
        limitExposure(to: 1_000)
        stock(10, at: .shop)
    }

    private mutating func opening(
        _ accounts: [AccountID], funded: AccountID
    ) -> [Input<Party>] {
        let opened = accounts.map { input(of: .operate(operation(.first(.open($0, .eur))))) }
        let deposit = operation(.first(.deposit(eur(1_000), to: funded)))
        return opened + [input(of: .operate(deposit))]
    }

    var names: [NodeName] { nodes.map(\.name) }

    /// Both directions of all pairs.
    var lines: [Line] {
        names.flatMap { from in names.filter { $0 != from }.map { Line(from: from, to: $0) } }
    }

    subscript(name: NodeName) -> BenchNode {
        get { nodes[place(of: name)] }
        // In place: a log is not copied for every commit.
        _modify { yield &nodes[place(of: name)] }
    }

    private func place(of name: NodeName) -> Int {
        known(nodes.firstIndex { $0.name == name })
    }

    /// An account, where it is kept.
    subscript(account: AccountID) -> Account {
        known(self[account.node].ledger.accounts[account])
    }

    /// Hands `inputs` to a node, one after the other.
    @discardableResult
    mutating func at(_ name: NodeName, _ inputs: [Input<Party>]) -> Outcome {
        let outcome = self[name].step(inputs, at: now)
        ahead = ahead.filter { $0.key.to != name }
        mail += outcome.letters
        return outcome
    }

    /// Time passes at a node.
    @discardableResult
    mutating func tick(_ name: NodeName, after duration: Duration = .zero) -> Outcome {
        now = now + duration
        return at(name, [])
    }
}

// Commands.
extension Bench {
    enum Command {
        case begin(Begin<Party>)
        case operate(Operate<Party>)
        case abandon(CommandID)
        case decide(StepID, approved: Bool)
    }

    @discardableResult
    mutating func at(_ name: NodeName, _ command: Command) -> Outcome {
        at(name, [input(of: command)])
    }

    mutating func input(of command: Command) -> Input<Party> {
        tickets += 1
        let ticket = Ticket(tickets)
        return switch command {
        case .begin(let begin): .begin(begin, ticket)
        case .operate(let operate): .operate(operate, ticket)
        case .abandon(let saga): .abandon(saga, by: Cast.ada, ticket)
        case .decide(let step, let approved):
            .decide(step, approved: approved, by: Cast.grace, ticket)
        }
    }

    /// Begins a saga at the node of its first step.
    @discardableResult
    mutating func begin(_ trip: Trip) -> Outcome {
        at(trip.owners[0], .begin(trip.begin))
    }

    @discardableResult
    mutating func operate(at name: NodeName, _ operation: LedgerOperation) -> Outcome {
        at(name, .operate(self.operation(.first(operation))))
    }

    /// The command for `operation`, under a new UUID.
    mutating func operation(_ operation: Party.Operation) -> Operate<Party> {
        operations += 1
        return .init(1_000_000 + operations, operation)
    }

    /// An operator of `name` stops taking new steps from a peer, or takes them again.
    @discardableResult
    mutating func setIntake(
        from peer: NodeName, _ intake: Intake, at name: NodeName
    ) -> Outcome {
        at(name, [.setIntake(from: peer, intake, by: Cast.ada, Ticket(1))])
    }

    /// Puts lamps on a node's shelf.
    mutating func stock(_ count: Int64, at name: NodeName) {
        let lamps = operation(.second(.first(.stock(known(.init(count, of: "lamp"))))))
        at(name, .operate(lamps))
    }

    /// What every node may owe every other.
    mutating func limitExposure(to minorUnits: Int64) {
        for name in names {
            let limits = names.filter { $0 != name }.map { peer in
                operation(.first(.limitExposure(of: peer, minorUnits: minorUnits, .eur)))
            }
            at(name, limits.map { input(of: .operate($0)) })
        }
    }
}

extension Trip {
    /// The client's command; what it sent differs where the content differs.
    var begin: Begin<Party> {
        Begin(
            id: id, fingerprint: .sha256(of: Array("begin".utf8) + content.bytes),
            principal: Cast.ada, content: content, deadline: deadline)
    }
}

extension Operate where P == Party {
    init(_ number: UInt64, _ operation: Party.Operation) {
        self.init(
            id: CommandID(number), fingerprint: .sha256(of: Array("\(operation)".utf8)),
            principal: Cast.ada, operation: operation)
    }
}
