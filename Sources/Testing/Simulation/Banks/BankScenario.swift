public import Approval
public import ApprovalWire
public import Ledger
public import LedgerWire
public import Saga
public import Stock
public import StockWire
public import Wire

/// Banks that pay each other, sell goods and ask for consent: every action that Giro knows, every
/// reason to refuse one, and itineraries from one step to sixteen.
public struct BankScenario: Scenario {
    /// Accounts 0 to 2 are in euros, 3 in dollars, 4 in euros without money, 5 in yen for amounts
    /// that hardly fit, 8 and 9 are as 4, 6 and 7 do not exist.
    static let accounts = [0, 1, 2, 3, 4, 5, 8, 9]
    /// Those that can be closed as they are, unless money is on its way to them.
    static let emptyAccounts = [4, 8, 9]
    static let items = ["lamp", "chair"]

    /// Has no settings: the seed and the network decide everything.
    public init() {}

    /// A bank with neither accounts nor goods.
    public func participant(of node: NodeName) -> Bank { Bank(node: node) }

    /// First accounts, limits for peers and goods, then money.
    public func preparations(of node: NodeName, in network: Network) -> [[Bank.Operation]] {
        var operations: [Bank.Operation] = Self.accounts.map {
            .first(.open(Self.account($0, at: node), Self.currency(ofAccount: $0)))
        }
        for peer in network.peers(of: node) {
            for currency in Self.currencies {
                let limit = Self.exposureLimit(in: currency)
                operations.append(
                    .first(.limitExposure(of: peer, minorUnits: limit, currency)))
            }
        }
        for item in Self.items { operations.append(Self.stock(4, of: item)) }
        let deposits: [Bank.Operation] = (0...3).map {
            let amount = Self.amount(250_000, in: Self.currency(ofAccount: $0))
            return .first(.deposit(amount, to: Self.account($0, at: node)))
        }
        return [operations, deposits]
    }

    /// An operation at a random bank in a quarter of the cases, a saga otherwise.
    public func nextWish(in network: Network, _ dice: inout Dice) -> Wish<Bank> {
        let node = dice.pick(network.names)
        return dice.chance(250)
            ? .operate(nextOperation(of: node, in: network, &dice), at: node)
            : .begin(nextSaga(at: node, in: network, &dice))
    }

    /// The claims about money that hold for ledgers and shelves, new for each run.
    public func checkers(in network: Network) -> [any Checker<Bank>] {
        [
            Conservation(), AccountsAsAsked(of: network.names),
            ExposureWithinLimit(of: network.names), NoBalanceBelowZero(of: network.names),
            ReleasedAsHeld(nodes: network.nodes.count), NoBankTwice(),
            TransitAsAllowed(nodes: network.nodes.count), OwedWithinLimit(of: network.names),
        ]
    }
}

// Names and amounts.
extension BankScenario {
    static let currencies = ["EUR", "USD", "JPY"].compactMap(Currency.init)
    /// No account is opened in it any more.
    static let ended = Currency("HRK") ?? currencies[0]

    /// What each node lets each peer owe: enough for some transfers at a time.
    static func exposureLimit(in currency: Currency) -> Int64 {
        currency == currencies[0] ? 60_000 : 3_000
    }

    static func account(_ number: Int, at bank: NodeName) -> AccountID {
        guard let account = AccountID("acct-0000000\(number)@\(bank)") else {
            preconditionFailure("one digit makes eight")
        }
        return account
    }

    static func currency(ofAccount number: Int) -> Currency {
        switch number {
        case 3: currencies[1]
        case 5: currencies[2]
        default: currencies[0]
        }
    }

    static func amount(_ minorUnits: Int64, in currency: Currency) -> Amount {
        guard let amount = Amount(minorUnits: minorUnits, currency: currency) else {
            preconditionFailure("clients move at least one minor unit")
        }
        return amount
    }

    static func stock(_ count: Int64, of item: String) -> Bank.Operation {
        .second(.first(.stock(units(count, of: item))))
    }

    static func units(_ count: Int64, of item: String) -> Stock.Units {
        guard let units = Stock.Units(count, of: item) else {
            preconditionFailure("an item has a short name, and there is at least one of it")
        }
        return units
    }
}
