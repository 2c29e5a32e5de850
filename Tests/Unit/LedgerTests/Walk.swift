import Ledger
import Randomness
import Saga

/// Three banks that serve whatever comes, without a network between them: a transfer's steps are
/// reserved one by one, and confirmed or cancelled back from wherever it ended.
struct Walk {
    /// A transfer in progress. Steps before `frontier` are reserved; once `isConfirmed` is known,
    /// the frontier moves back.
    struct Transfer {
        let saga: SagaID
        let itinerary: Itinerary<LedgerAction>
        var frontier = 0
        var isConfirmed: Bool?
    }

    var random: SplitMix64
    var ledgers: [NodeName: Ledger] = [:]
    var facts: [NodeName: [LedgerFact]] = [:]
    var transfers: [Transfer] = []
    var refusals: [Refusal: Int] = [:]
    var ends: [Bool: Int] = [:]
    /// Reserves that were admitted beyond a limit.
    var excesses: [String] = []
    private var sagas: UInt64 = 0

    static let banks = [bankA, bankB, bankC]
    static let currencies = [euro, yen]
    static let accounts = banks.flatMap { bank in
        (0..<3).map { account("acct-0000000\($0)@\(bank)") }
    }

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        for bank in Self.banks {
            ledgers[bank] = Ledger(node: bank)
            facts[bank] = []
        }
        // Most walks start with money to move; some start from nothing.
        guard chance(9) else { return }
        for (index, id) in Self.accounts.enumerated() {
            let currency = index % 3 == 2 ? yen : euro
            try perform(.open(id, currency), at: id.node)
            try perform(.deposit(money(1_000, currency), to: id), at: id.node)
        }
        for bank in Self.banks {
            for peer in Self.banks where peer != bank {
                try perform(.limitExposure(of: peer, minorUnits: 500, euro), at: bank)
                try perform(.limitExposure(of: peer, minorUnits: 500, yen), at: bank)
            }
        }
    }

    /// `true` in `tenths` of ten cases.
    private mutating func chance(_ tenths: Int) -> Bool { pick(0..<10) < tenths }

    private mutating func pick<Choices: RandomAccessCollection>(
        _ choices: Choices
    ) -> Choices.Element where Choices.Index == Int {
        choices[choices.startIndex + Int(random.next() % UInt64(choices.count))]
    }

    /// Mostly small, sometimes near the end of what can be counted.
    private mutating func amount(_ currency: Currency) -> Amount {
        let isHuge = pick(0..<20) == 0
        let units = isHuge ? Int64.max - Int64(pick(0..<2_000)) : Int64(pick(1..<200))
        return money(units, currency)
    }

    private func everything(in id: AccountID) -> Amount? {
        guard let account = ledgers[id.node]?.accounts[id] else { return nil }
        return Amount(minorUnits: account.available, currency: account.currency)
    }

    mutating func stride() throws {
        switch pick(0..<20) {
        case 0..<5: begin()
        case 5..<14: if !transfers.isEmpty { try advance(pick(transfers.indices)) }
        case 14: try settleBetweenPeers()
        default: try operate()
        }
    }

    /// Ends every transfer in progress.
    mutating func drain() throws {
        while !transfers.isEmpty { try advance(0) }
    }

    private mutating func apply(_ new: [LedgerFact], at bank: NodeName) throws {
        for fact in new {
            try ledgers[bank]?.apply(fact)
            facts[bank]?.append(fact)
        }
    }

    private mutating func perform(_ operation: LedgerOperation, at bank: NodeName) throws {
        if let fact = judge(operation, at: bank) { try apply([fact], at: bank) }
    }

    /// The fact that would follow, or nothing and a refusal more.
    private mutating func judge(_ operation: LedgerOperation, at bank: NodeName) -> LedgerFact? {
        do throws(Refusal) {
            return try ledgers[bank]?.perform(operation)
        } catch {
            refusals[error, default: 0] += 1
            return nil
        }
    }

    private mutating func operate() throws {
        let id = pick(Self.accounts)
        let currency = pick(Self.currencies)
        let operation: LedgerOperation =
            switch pick(0..<20) {
            case 0..<5: .deposit(amount(currency), to: id)
            case 5..<8: .withdraw(amount(currency), from: id)
            case 8, 9: .withdraw(everything(in: id) ?? amount(currency), from: id)
            case 10: .open(id, currency)
            case 11: .freeze(id)
            case 12, 13: .unfreeze(id)
            case 14..<17: .close(id)
            case 17: .setTransit(from: pick(Self.banks), chance(3) ? .blocked : .allowed)
            case 18:
                .limitOwed(
                    to: pick(Self.banks), minorUnits: chance(5) ? .max : Int64(pick(0..<1_000)),
                    currency)
            default:
                .limitExposure(
                    of: pick(Self.banks), minorUnits: chance(2) ? .max : Int64(pick(0..<1_000)),
                    currency)
            }
        try perform(operation, at: id.node)
    }

    /// Both banks book a settlement, or neither does.
    private mutating func settleBetweenPeers() throws {
        let (payer, receiver) = (pick(Self.banks), pick(Self.banks))
        let amount = amount(pick(Self.currencies))
        guard let paid = judge(.settlePeer(receiver, amount, .paid), at: payer),
            let received = judge(.settlePeer(payer, amount, .received), at: receiver)
        else { return }
        try apply([paid], at: payer)
        try apply([received], at: receiver)
    }

    private mutating func begin() {
        sagas += 1
        let (payer, payee) = (pick(Self.accounts), pick(Self.accounts))
        let amount = amount(pick(Self.currencies))
        let route = route(from: payer.node, to: payee.node)
        let steps = route.enumerated().map { number, bank in
            var actions: [LedgerAction] = []
            if number == 0 { actions.append(.debit(payer, amount)) }
            if number == route.count - 1 { actions.append(.credit(payee, amount)) }
            if actions.isEmpty { actions.append(.forward(amount)) }
            return Itinerary<LedgerAction>.Step(node: bank, actions: actions)
        }
        let saga = SagaID(CommandID(high: 0, low: sagas), contentHash: .zero)
        transfers.append(Transfer(saga: saga, itinerary: Itinerary(steps: steps)))
    }

    /// Now and then one that passes a bank twice, which every bank refuses.
    private mutating func route(from payer: NodeName, to payee: NodeName) -> [NodeName] {
        let mayReturn = chance(1)
        var route = [payer]
        for _ in 0..<(mayReturn || payer != payee ? pick(0..<3) : 0) {
            let taken = mayReturn ? Array(route.suffix(1)) : route + [payee]
            let banks = Self.banks.filter { !taken.contains($0) }
            if !banks.isEmpty { route.append(pick(banks)) }
        }
        if route.last != payee { route.append(payee) }
        return route
    }

    private mutating func advance(_ index: Int) throws {
        if let isConfirmed = transfers[index].isConfirmed {
            try goBack(index, isConfirmed: isConfirmed)
        } else {
            try goForward(index)
        }
        if transfers[index].isConfirmed != nil, transfers[index].frontier == 0 {
            ends[transfers[index].isConfirmed == true, default: 0] += 1
            transfers.remove(at: index)
        }
    }

    private mutating func goForward(_ index: Int) throws {
        let transfer = transfers[index]
        let number = transfer.frontier
        let bank = transfer.itinerary.steps[number].node
        // Now and then a transfer is abandoned.
        if chance(1) {
            transfers[index].isConfirmed = false
            return
        }
        guard let ledger = ledgers[bank] else { return }
        let request = StepRequest(
            StepID(saga: transfer.saga, number: number), in: transfer.itinerary)
        var reserved: [LedgerFact] = []
        do throws(Refusal) {
            try transfer.itinerary.check(at: number)
            try ledger.check(transfer.itinerary)
            reserved = try ledger.reserve(request).facts
        } catch {
            refusals[error, default: 0] += 1
            transfers[index].isConfirmed = false
            return
        }
        try apply(reserved, at: bank)
        noteExposure(after: request, at: bank)
        noteOwed(after: request, at: bank)
        transfers[index].frontier += 1
        if number == transfer.itinerary.last { transfers[index].isConfirmed = true }
    }

    private mutating func noteExposure(
        after request: StepRequest<LedgerAction>, at bank: NodeName
    ) {
        guard let peer = request.previous, let amount = request.actions.first?.amount,
            let clearing = ledgers[bank]?.clearing(with: peer, in: amount.currency),
            clearing.exposure > clearing.limit
        else { return }
        excesses.append("\(bank) admitted \(amount) from \(peer): \(clearing)")
    }

    private mutating func noteOwed(after request: StepRequest<LedgerAction>, at bank: NodeName) {
        guard let peer = request.next, let amount = request.actions.first?.amount,
            let clearing = ledgers[bank]?.clearing(with: peer, in: amount.currency),
            let limit = clearing.owedLimit, clearing.owed > limit
        else { return }
        excesses.append("\(bank) admitted \(amount) to \(peer): \(clearing)")
    }

    private mutating func goBack(_ index: Int, isConfirmed: Bool) throws {
        let transfer = transfers[index]
        guard transfer.frontier > 0 else { return }
        let step = StepID(saga: transfer.saga, number: transfer.frontier - 1)
        let bank = transfer.itinerary.steps[step.number].node
        guard let ledger = ledgers[bank] else { return }
        try apply(isConfirmed ? ledger.confirm(step) : ledger.cancel(step), at: bank)
        transfers[index].frontier -= 1
    }
}
