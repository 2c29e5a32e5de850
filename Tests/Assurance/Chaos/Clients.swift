import APIModels
import Foundation
import Ledger
import NodeClient
import Saga
import Synchronization
import TestKit

/// Clients of all banks. Each brings one order to an end after the other: it sends the same until
/// it is answered, now to one of the bank's processes, now to another.
final class Clients: Sendable {
    /// How long a client waits before it asks elsewhere; the answer may still come, and counts.
    private static let patience = Duration.milliseconds(1_500)
    /// How long it may take until everything is answered.
    private static let answerMax = Duration.seconds(180)
    private static let pause = Duration.milliseconds(40)

    private let stack: Stack
    let testimony = Testimony()
    private let isStopped = Mutex(false)

    init(_ stack: Stack) {
        self.stack = stack
    }

    /// Opens accounts with money in them, and lets each bank owe every other one enough.
    func open() async throws {
        guard let euro = Currency("EUR") else { throw ChaosError("no euro") }
        for bank in Stack.banks {
            var operations: [LedgerOperation] = []
            for peer in Stack.banks where peer != bank {
                guard let name = NodeName(peer) else { continue }
                operations.append(.limitExposure(of: name, minorUnits: 1 << 50, euro))
            }
            let poor = [Order.poor(at: bank)]
            let rich = (0..<Order.richPerBank).map { Order.rich($0, at: bank) }
                + [Order.hot].filter { $0.hasSuffix("@" + bank) }
            operations += (rich + poor).compactMap(AccountID.init).map { .open($0, euro) }
            for operation in operations { try await perform(operation, at: bank) }
            for account in rich.compactMap(AccountID.init) {
                guard let amount = Amount(minorUnits: 1 << 40, currency: euro) else { continue }
                try await deposit(amount, to: account, id: CommandID(of: UUID()))
            }
        }
    }

    /// Orders from `clients` at once until ``stop()``; returns when all that was begun is answered.
    ///
    /// - Throws: ``ChaosError``: something got no answer for too long.
    func run(_ clients: Int, round: Int, seed: UInt64) async throws {
        isStopped.withLock { $0 = false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                var dice = Dice(seed: seed &+ UInt64(round * 1_000 + client))
                group.addTask {
                    while !self.isStopped.withLock({ $0 }) {
                        try await self.act(&dice, round)
                        try await Task.sleep(for: Self.pause)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func stop() { isStopped.withLock { $0 = true } }

    private func act(_ dice: inout Dice, _ round: Int) async throws {
        if dice.falls(percent: 3) {
            let account = AccountID(
                Order.rich(dice.roll(0..<Order.richPerBank), at: dice.pick(Stack.banks)))
            guard let account, let euro = Currency("EUR"),
                let amount = Amount(minorUnits: Int64(dice.roll(1..<1_000)), currency: euro)
            else { return }
            return try await deposit(
                amount, to: account, id: CommandID(high: dice.next(), low: dice.next()))
        }
        let order = try Order.next(&dice)
        testimony.begin(order, round: round)
        let start = dice.roll(0..<2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in order.requests.indices {
                group.addTask { try await self.send(order, index, from: start + index) }
            }
            try await group.waitForAll()
        }
        if order.kind == .abandoned { try await abandon(order) }
        if dice.falls(percent: 5) { try await forge(order) }
        if dice.falls(percent: 5) { try await look(order) }
    }

    private func send(_ order: Order, _ index: Int, from start: Int) async throws {
        let request = order.requests[index]
        try await insist(order.bank, "transfer \(order.id)", from: start) { [testimony] place in
            let answer = try await place.client.begin(request)
            return testimony.note(answer.verdict, of: order.id, index, at: place.name)
        }
    }

    private func abandon(_ order: Order) async throws {
        try await insist(order.bank, "giving up \(order.id)") { place in
            try await place.client.abandon(order.id)
        }
    }

    /// Sends other content under a UUID that has been answered.
    private func forge(_ order: Order) async throws {
        let forged = try order.forged()
        try await insist(order.bank, "forged \(order.id)") { [testimony] place in
            let answer = try await place.client.begin(forged)
            return testimony.noteForged(answer.verdict, of: order.id, at: place.name)
        }
    }

    /// A transfer that a client was answered is known afterwards, whichever process is asked.
    private func look(_ order: Order) async throws {
        try await insist(order.bank, "a look at \(order.id)") { [testimony] place in
            let states = try await place.client.states(of: [order.id])
            if states[0] == .unknown {
                testimony.accuse("\(order.id) was answered, but is unknown to \(place.name)")
            }
            return true
        }
    }

    private func deposit(_ amount: Amount, to account: AccountID, id: CommandID) async throws {
        testimony.beginDeposit(id, of: amount, to: account)
        try await perform(.deposit(amount, to: account), at: account.node.text, id: id)
        // Once more, as by a client that has lost the answer.
        try await perform(.deposit(amount, to: account), at: account.node.text, id: id)
    }

    private func perform(
        _ operation: LedgerOperation, at bank: String, id: CommandID = CommandID(of: UUID())
    ) async throws {
        try await insist(bank, "\(operation)") { [testimony] place in
            let verdict = try await place.client.perform(operation, id: id).verdict
            if verdict == .busy { return Bool?.none }
            if ![.applied, .duplicate(of: .applied)].contains(verdict) {
                testimony.accuse("\(operation) is \(verdict) at \(place.name)")
            }
            return true
        }
    }

    /// Asks one process after the other until one answers.
    @discardableResult private func insist<Value: Sendable>(
        _ bank: String, _ what: String, from start: Int = 0,
        _ ask: @escaping @Sendable (Place) async throws -> Value?
    ) async throws -> Value {
        let places = stack.places(of: bank)
        var next = start
        return try await eventually(
            "an answer to \(what)", within: Self.answerMax, every: .milliseconds(50)
        ) {
            let place = places[next % places.count]
            next += 1
            testimony.noteAttempt()
            return await within(Self.patience) { [testimony] in
                do {
                    return try await ask(place)
                } catch {
                    let isRetryable = (error as? NodeClientError)?.isRetryable ?? false
                    if !isRetryable { testimony.accuse("\(what) at \(place.name): \(error)") }
                    return nil
                }
            } ?? nil
        }
    }
}

extension Place {
    var name: String { "\(bank), process \(index)" }
}

extension CommandID {
    init(of uuid: UUID) {
        // The nil UUID, which names nothing, is never made.
        self = withUnsafeBytes(of: uuid.uuid) { CommandID(bytes: Array($0)) }
            ?? CommandID(high: 1, low: 1)
    }
}
