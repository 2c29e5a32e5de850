import Approval
import Ledger
import Saga
import Stock
import Wire

// The itineraries that customers think of: most of them sound, some not.
extension Clients {
    struct Transfer {
        let itinerary: Itinerary<BankAction>
        let plan: Truth.Plan
        let origin: Int
        /// From the origin's clock.
        let time: Duration
    }

    /// A transfer from `origin`, or from anywhere, perhaps straight to `payee`.
    mutating func nextTransfer(from origin: Int? = nil, to payee: NodeName? = nil) -> Transfer {
        var route = self.route(from: origin ?? dice.index(below: banks.count))
        if let payee, banks[route[0]].peers.contains(payee), dice.chance(700),
            let last = banks.firstIndex(where: { $0.name == payee })
        {
            route = [route[0], last]
        }
        let fromNumber = dice.chance(200) ? 3 : dice.index(below: 3)
        var toNumber = fromNumber == 3 ? 3 : dice.index(below: 3)
        if dice.chance(20) { toNumber = dice.index(below: 6) }
        let currency = Self.currency(ofAccount: fromNumber)
        let amount = Self.amount(
            dice.chance(40) ? 40_000 : dice.number(1...3_000), in: currency)
        var actions = route.map { _ in [BankAction.first(.forward(amount))] }
        let last = route.count - 1
        let debit = LedgerAction.debit(Self.account(fromNumber, at: banks[route[0]].name), amount)
        let credit = LedgerAction.credit(
            Self.account(toNumber, at: banks[route[last]].name), amount)
        actions[0] = [.first(debit)]
        actions[last] = last == 0 ? [.first(debit), .first(credit)] : [.first(credit)]
        if dice.chance(15) { actions[last].append(.first(.forward(amount))) }

        var owners = route
        addConsent(to: &actions)
        addGoods(to: &owners, &actions)
        let itinerary = Itinerary(
            steps: zip(owners, actions).map { .init(node: banks[$0].name, actions: $1) })
        return Transfer(
            itinerary: itinerary,
            plan: Truth.Plan(itinerary: itinerary, amount: amount, lastMoney: last),
            origin: route[0], time: time())
    }

    /// The banks the money passes: one, two, through correspondents, or back again.
    private mutating func route(from origin: Int) -> [Int] {
        var route = [origin]
        let length = dice.pick([1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 5])
        while route.count < length {
            let here = banks[route[route.count - 1]]
            let neighbours = banks.indices.filter { here.peers.contains(banks[$0].name) }
            route.append(dice.pick(neighbours))
        }
        if dice.chance(15) { route.append(route[route.count - 1]) }
        if dice.chance(15) { route.append(dice.index(below: banks.count)) }
        return route
    }

    private mutating func addConsent(to actions: inout [[BankAction]]) {
        guard dice.chance(250) else { return }
        let step = dice.index(below: actions.count)
        actions[step].append(.second(.second(.approve(subject: "payment"))))
    }

    /// Goods, on the shelf of the last bank or of one after it.
    private mutating func addGoods(to owners: inout [Int], _ actions: inout [[BankAction]]) {
        guard dice.chance(300) else { return }
        let take = BankAction.second(
            .first(.take(Self.units(dice.number(1...3), of: dice.pick(Self.items)))))
        let here = banks[owners[owners.count - 1]]
        if dice.chance(300) {
            actions[actions.count - 1].append(take)
        } else {
            owners.append(
                dice.pick(banks.indices.filter { here.peers.contains(banks[$0].name) }))
            actions.append([take])
            if dice.chance(300) {
                actions[actions.count - 1].append(.second(.second(.approve(subject: "goods"))))
            }
        }
    }

    private mutating func time() -> Duration {
        if dice.chance(15) { return .seconds(7_200) }
        if dice.chance(15) { return .seconds(-1) }
        return dice.chance(200)
            ? .milliseconds(dice.number(50...2_000)) : .seconds(dice.number(4...40))
    }
}
