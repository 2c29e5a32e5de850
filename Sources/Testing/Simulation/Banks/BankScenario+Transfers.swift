public import Approval
public import ApprovalWire
public import Ledger
public import LedgerWire
public import Saga
public import Stock
public import StockWire
public import Wire

// The itineraries that customers think of: most of them sound, some not.
extension BankScenario {
    /// A transfer over one bank or several, often with consent or goods, in one to sixteen steps; a
    /// few break a rule, so that every refusal occurs.
    public func nextSaga(
        at node: NodeName, in network: Network, _ dice: inout Dice
    ) -> SagaPlan<Bank.Action> {
        var owners = route(from: node, in: network, &dice)
        let last = owners.count - 1
        var actions = transfer(along: owners, &dice)
        // A step that asks for the same money twice: no itinerary of a transfer.
        if dice.chance(10), let first = actions[last].first { actions[last].append(first) }
        let isToEmptyAccount = emptyAccount(creditedBy: actions) != nil
        addConsent(to: &actions, isToEmptyAccount: isToEmptyAccount, &dice)
        addGoods(to: &owners, &actions, in: network, &dice)
        let hasConsent = actions.contains { $0.contains(where: \.isApproval) }
        return SagaPlan(
            Itinerary(steps: zip(owners, actions).map { .init(node: $0, actions: $1) }),
            within: time(hasConsent: hasConsent, &dice))
    }

    private func transfer(
        along route: [NodeName], _ dice: inout Dice
    ) -> [[Bank.Action]] {
        // One hot account, some others, and now and then one that is no good.
        let from =
            dice.chance(150) ? 3 : dice.chance(60) ? 3 + dice.index(below: 5) : dice.index(below: 3)
        var to = from == 3 ? 3 : dice.chance(400) ? 0 : dice.index(below: 3)
        if dice.chance(30) { to = dice.index(below: 8) }
        if from < 3, dice.chance(60) { to = dice.pick(Self.emptyAccounts) }
        let currency = dice.chance(990) ? Self.currency(ofAccount: from) : Self.currencies[1]
        let amount = Self.amount(
            dice.chance(30) ? 400_000 : dice.number(1...3_000), in: currency)
        let debit = LedgerAction.debit(Self.account(from, at: route[0]), amount)
        let credit = LedgerAction.credit(Self.account(to, at: route[route.count - 1]), amount)
        guard route.count > 1 else { return [[.first(debit), .first(credit)]] }
        return [[.first(debit)]] + route.dropFirst(2).map { _ in [.first(.forward(amount))] }
            + [[.first(credit)]]
    }

    /// The banks the money passes: one, two, or through correspondents, each once. A few orders
    /// name a bank twice, which every bank has to refuse, or end at a bank that may be no peer.
    private func route(
        from origin: NodeName, in network: Network, _ dice: inout Dice
    ) -> [NodeName] {
        var route = [origin]
        let length = dice.pick([1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5])
        while route.count < length {
            let next = network.peers(of: route[route.count - 1]).filter { !route.contains($0) }
            guard !next.isEmpty else { break }
            route.append(dice.pick(next))
        }
        if dice.chance(10) { route.append(route[route.count - 1]) }
        if dice.chance(20) { route.append(dice.pick(route)) }
        let others = network.names.filter { !route.contains($0) }
        if dice.chance(40), !others.isEmpty { route.append(dice.pick(others)) }
        return route
    }

    /// A client that finds money coming to an account that was empty may close it at once.
    public func afterthought(
        on plan: SagaPlan<Bank.Action>, in network: Network, _ dice: inout Dice
    ) -> Wish<Bank>? {
        let steps = plan.itinerary.steps
        guard let (number, account) = emptyAccount(creditedBy: steps.map(\.actions)),
            dice.chance(700)
        else { return nil }
        return .operate(.first(.close(account)), at: steps[number].node)
    }

    /// Where an account that had no money gets some.
    private func emptyAccount(
        creditedBy actions: [[Bank.Action]]
    ) -> (step: Int, account: AccountID)? {
        for (step, actions) in actions.enumerated() {
            for case .first(.credit(let account, _)) in actions
            where Self.emptyAccounts.contains(where: {
                Self.account($0, at: account.node) == account
            }) {
                return (step, account)
            }
        }
        return nil
    }

    /// - Parameter isToEmptyAccount: Then the payee's bank often has to ask, which takes long
    ///   enough for a client to close the account meanwhile.
    private func addConsent(
        to actions: inout [[Bank.Action]], isToEmptyAccount: Bool, _ dice: inout Dice
    ) {
        guard dice.chance(isToEmptyAccount ? 500 : 150) else { return }
        let step = isToEmptyAccount ? actions.count - 1 : dice.index(below: actions.count)
        actions[step].append(.second(.second(.approve(subject: "payment"))))
    }

    /// Goods, on the shelf of the last bank or of one after it; sometimes on so many that the
    /// itinerary is as long as one can be.
    private func addGoods(
        to owners: inout [NodeName], _ actions: inout [[Bank.Action]], in network: Network,
        _ dice: inout Dice
    ) {
        let isLong = dice.chance(20)
        guard isLong || dice.chance(200) else { return }
        guard isLong || dice.chance(700) else {
            actions[actions.count - 1].append(goods(1...3, &dice))
            return
        }
        let length = isLong ? Int(dice.number(6...16)) : owners.count + 1
        while owners.count < length {
            owners.append(dice.pick(network.peers(of: owners[owners.count - 1])))
            actions.append([goods(isLong ? 1...1 : 1...3, &dice)])
        }
        if dice.chance(300) {
            actions[actions.count - 1].append(.second(.second(.approve(subject: "goods"))))
        }
    }

    private func goods(_ count: ClosedRange<Int64>, _ dice: inout Dice) -> Bank.Action {
        .second(.first(.take(Self.units(dice.number(count), of: dice.pick(Self.items)))))
    }

    /// If consent is asked for, sometimes so long that only a stop ends the saga soon.
    private func time(hasConsent: Bool, _ dice: inout Dice) -> Duration {
        if hasConsent, dice.chance(300) { return .seconds(dice.number(100...240)) }
        if dice.chance(10) { return .seconds(7_200) }
        if dice.chance(10) { return .seconds(-1) }
        return dice.chance(150)
            ? .milliseconds(dice.number(50...2_000)) : .seconds(dice.number(4...40))
    }
}

extension Bank.Action {
    fileprivate var isApproval: Bool {
        if case .second(.second) = self { true } else { false }
    }
}
