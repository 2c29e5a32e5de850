import Approval
import Ledger
import Saga
import Stock
import TestKit

/// What every node on the bench runs, so that any of them can play any part.
typealias Party = Pair<Ledger, Pair<Stock, Approval>>
typealias Action = Party.Action
typealias Fact = Party.Fact
typealias Route = Itinerary<Action>

extension NodeName {
    static let bankA = Cast.bankA
    static let bankB = Cast.bankB
    static let bankC = Cast.bankC
    static let hub = known(NodeName("hub"))
    static let shop = known(NodeName("shop"))
    /// No node's peer.
    static let moon = known(NodeName("moon"))
}

extension AccountID {
    static let alice = Cast.alice
    static let amir = known(AccountID("acct-amir0000@bank-a"))
    static let bob = Cast.bob
    static let bea = known(AccountID("acct-bea00000@bank-b"))
    static let carla = known(AccountID("acct-carla000@bank-c"))
    /// Was never opened.
    static let nobody = known(AccountID("acct-nobody00@bank-b"))
}

extension Currency {
    static let eur = Cast.euro
    static let usd = known(Currency("USD"))
}

func eur(_ minorUnits: Int64) -> Amount {
    known(Amount(minorUnits: minorUnits, currency: .eur))
}

extension CommandID {
    /// A UUID of version 7's form.
    init(_ number: UInt64) {
        self.init(high: 0x0197_0000_0000_7000, low: 0x8000_0000_0000_0000 | number)
    }
}

extension SagaID {
    /// With a content that no test reads.
    init(_ number: UInt64) {
        self.init(CommandID(number), contentHash: .zero)
    }
}

extension Party.Action {
    static func debit(_ account: AccountID, _ amount: Amount) -> Self {
        .first(.debit(account, amount))
    }

    static func credit(_ account: AccountID, _ amount: Amount) -> Self {
        .first(.credit(account, amount))
    }

    static func forward(_ amount: Amount) -> Self { .first(.forward(amount)) }

    static func take(_ count: Int64, _ item: String = "lamp") -> Self {
        .second(.first(.take(known(Stock.Units(count, of: item)))))
    }

    static func approve(_ subject: String = "a lamp") -> Self {
        .second(.second(.approve(subject: subject)))
    }
}

extension Timestamp {
    static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }
}
