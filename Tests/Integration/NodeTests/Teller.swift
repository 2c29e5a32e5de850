import Engine
import Ledger
import LedgerWire
import Node
import Saga
import Testing
import TestKit
import Wire

/// A client of one bank that sends again what got no reply, as every client has to.
struct Teller {
    let node: Node<Ledger>

    static let euro = "EUR"

    func operate(_ operation: LedgerOperation, id: CommandID = .next()) async throws -> Verdict {
        let fingerprint = Hash.sha256(of: Array("\(operation)".utf8))
        return try await verdict {
            .operate(
                Operate(
                    id: id, fingerprint: fingerprint, principal: Cast.ada, operation: operation),
                $0)
        }
    }

    func transfer(
        _ minorUnits: Int64, from payer: String, to payee: String, via: [String] = [],
        id: CommandID = .next()
    ) async throws -> Verdict {
        let begin = try Self.begin(minorUnits, from: payer, to: payee, via: via, id: id)
        return try await verdict { .begin(begin, $0) }
    }

    /// The state of a step at this node, of the saga that the UUID means here.
    func state(of id: CommandID, step: Int = 0) async throws -> StepState {
        try await retrying {
            try await node.read { state in
                state.sagas(named: id, max: 1).first?.step(step)?.state ?? .unknown
            }
        }
    }

    func available(_ account: String) async throws -> Int64 {
        let id = try #require(AccountID(account))
        return try await retrying {
            try await node.read { $0.participant.accounts[id]?.available ?? 0 }
        }
    }

    func verdict(_ input: @Sendable (Ticket) -> Input<Ledger>) async throws -> Verdict {
        try await retrying {
            guard case .verdict(let verdict) = try await node.submit(input) else {
                throw NodeError(.busy)
            }
            return verdict
        }
    }

    private func retrying<Value>(_ call: () async throws -> Value) async throws -> Value {
        try await eventually("the node answers") {
            do { return try await call() } catch is NodeError { return nil }
        }
    }

    static func begin(
        _ minorUnits: Int64, from payer: String, to payee: String, via: [String], id: CommandID
    ) throws -> Begin<Ledger> {
        let from = try #require(AccountID(payer))
        let to = try #require(AccountID(payee))
        let amount = try #require(
            Currency(euro).flatMap { Amount(minorUnits: minorUnits, currency: $0) })
        var steps: [Itinerary<LedgerAction>.Step] = [
            .init(node: from.node, actions: [.debit(from, amount)])
        ]
        if from.node == to.node, via.isEmpty {
            steps = [
                .init(node: from.node, actions: [.debit(from, amount), .credit(to, amount)])
            ]
        } else {
            steps += try via.map {
                .init(node: try #require(NodeName($0)), actions: [.forward(amount)])
            }
            steps.append(.init(node: to.node, actions: [.credit(to, amount)]))
        }
        let content = Content<LedgerAction>.encode(
            Itinerary(steps: steps), reference: "", for: Ledger.self)
        return Begin(
            id: id, fingerprint: .sha256(of: Array("\(from)\(to)\(amount)\(via)".utf8)),
            principal: Cast.ada, content: content,
            deadline: NodeClock.system.now() + .seconds(600))
    }
}

extension CommandID {
    /// A new one for every call.
    static func next() -> CommandID {
        CommandID(high: .random(in: 1...UInt64.max), low: .random(in: 1...UInt64.max))
    }
}

extension TestNetwork {
    func teller(_ text: String) throws -> Teller {
        let name = try #require(NodeName(text))
        return Teller(node: try #require(nodes[name]))
    }

    /// An account `acct-00000001` at each bank with money in it, and room for what peers owe.
    func openAccounts(_ balance: Int64 = 1_000_000) async throws {
        let euro = try #require(Currency(Teller.euro))
        for name in nodes.keys.sorted() {
            let teller = try teller(name.text)
            let account = try #require(AccountID("acct-00000001@\(name)"))
            let amount = try #require(Amount(minorUnits: balance, currency: euro))
            #expect(try await teller.operate(.open(account, euro)) == .applied)
            #expect(try await teller.operate(.deposit(amount, to: account)) == .applied)
            for peer in names where peer != name {
                let limit = LedgerOperation.limitExposure(
                    of: peer, minorUnits: 1 << 40, euro)
                #expect(try await teller.operate(limit) == .applied)
            }
        }
    }
}
