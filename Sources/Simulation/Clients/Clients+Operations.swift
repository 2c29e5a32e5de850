import Ledger
import Saga
import Stock

// What is asked of a bank outside any saga.
extension Clients {
    /// What every bank begins with: first accounts, limits for peers and goods, then money.
    mutating func firstOperations(of node: Int) -> [[Command]] {
        let bank = banks[node]
        var operations: [BankOperation] = []
        var deposits: [BankOperation] = []
        for number in 0...3 {
            let account = Self.account(number, at: bank.name)
            let currency = Self.currency(ofAccount: number)
            operations.append(.first(.open(account, currency)))
            deposits.append(.first(.deposit(Self.amount(25_000, in: currency), to: account)))
        }
        for peer in bank.peers.sorted() {
            for currency in Self.currencies {
                let limit = Self.exposureLimit(in: currency)
                operations.append(
                    .first(.limitExposure(of: peer, minorUnits: limit, currency)))
            }
        }
        for item in Self.items { operations.append(Self.stock(8, of: item)) }
        return [operations, deposits].map { operations in
            operations.map { command(.operate($0), at: node) }
        }
    }

    /// What goes on beside the transfers.
    mutating func nextOperation() -> Command {
        let node = dice.index(below: banks.count)
        let bank = banks[node]
        let number = dice.index(below: 4)
        let account = Self.account(number, at: bank.name)
        let amount = Self.amount(dice.number(1...3_000), in: Self.currency(ofAccount: number))
        let operation: BankOperation =
            switch dice.index(below: 12) {
            case 0: .first(.freeze(account))
            case 1, 2, 3: .first(.unfreeze(account))
            case 4: .first(.close(account))
            case 5, 6, 7: .first(.deposit(amount, to: account))
            case 8: .first(.withdraw(amount, from: account))
            case 9: .first(.settlePeer(dice.pick(bank.peers.sorted()), amount, .received))
            case 10: .first(.settlePeer(dice.pick(bank.peers.sorted()), amount, .paid))
            default: Self.stock(dice.number(1...5), of: dice.pick(Self.items))
            }
        return command(.operate(operation), at: node)
    }

    mutating func command(_ order: Command.Order, at node: Int, id: SagaID? = nil) -> Command {
        Command(
            id: id ?? dice.sagaID(), node: node, order: order, fingerprint: dice.hash(),
            repeats: dice.chance(250) ? 1 : 0)
    }

    private static func stock(_ count: Int64, of item: String) -> BankOperation {
        .second(.first(.stock(units(count, of: item))))
    }

    static func units(_ count: Int64, of item: String) -> Stock.Units {
        guard let units = Stock.Units(count, of: item) else {
            preconditionFailure("an item has a short name, and there is at least one of it")
        }
        return units
    }
}
