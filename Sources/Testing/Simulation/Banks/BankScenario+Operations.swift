import Ledger
import Saga
import Stock

// What is asked of a bank beside transfers.
extension BankScenario {
    func nextOperation(
        of node: NodeName, in network: Network, _ dice: inout Dice
    ) -> Bank.Operation {
        if dice.chance(60) {
            let huge = Self.amount(.max - dice.number(0...9), in: Self.currency(ofAccount: 5))
            return .first(.deposit(huge, to: Self.account(5, at: node)))
        }
        // Mostly accounts that are there and in use, sometimes the others.
        let number = dice.chance(700) ? dice.index(below: 4) : dice.index(below: 7)
        let account = Self.account(number, at: node)
        let currency =
            dice.chance(950) ? Self.currency(ofAccount: number) : dice.pick(Self.currencies)
        let amount = Self.amount(dice.number(1...3_000), in: currency)
        return switch dice.index(below: 16) {
        case 0: .first(.freeze(account))
        case 1, 2, 3: .first(.unfreeze(account))
        case 4: .first(.close(account))
        case 5, 6, 7: .first(.deposit(amount, to: account))
        case 8: .first(.withdraw(amount, from: account))
        case 9: .first(.settlePeer(dice.pick(network.peers(of: node)), amount, .received))
        case 10: .first(.settlePeer(dice.pick(network.peers(of: node)), amount, .paid))
        // Sometimes in a currency that has ended; the amount decides, so no dice are thrown for it.
        case 11 where amount.minorUnits.isMultiple(of: 3):
            .first(.open(Self.account(7, at: node), Self.ended))
        case 11: .first(.open(account, currency))
        case 12: .first(.close(Self.account(4, at: node)))
        case 13:
            .first(
                .setTransit(
                    from: dice.pick(network.peers(of: node)),
                    dice.chance(400) ? .blocked : .allowed))
        // Half of them lift the limit, so that transfers are not refused for the rest of the run.
        case 14:
            .first(
                .limitOwed(
                    to: dice.pick(network.peers(of: node)),
                    minorUnits: dice.chance(500) ? Clearing.unlimited : dice.number(0...4_000),
                    currency))
        default: Self.stock(dice.number(1...5), of: dice.pick(Self.items))
        }
    }
}
