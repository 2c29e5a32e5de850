import APIModels
import Chain
import Engine
import EventLog
import Hummingbird
import HummingbirdTesting
import Ledger
import LedgerWire
import Saga
import Statements
import StrictJSON
import Testing
import Wire

/// Accounts that random commands are about.
struct TestAccounts: Sendable {
    let here: [AccountID]
    let there: AccountID

    init() throws {
        here = try (1...4).map { try #require(AccountID("acct-random0\($0)@bank-a")) }
        there = try #require(AccountID(Banks.bob))
    }

    func open(at banks: Banks) async throws {
        try await banks.router().test(.router) { client in
            for account in here {
                let seen = try await client.ask(.post, "/v1/accounts", Body.open(account.text))
                #expect(seen.status == 200)
                _ = try await client.ask(
                    .post, "/v1/deposits", Body.cash(300, account: account.text))
            }
        }
    }

    /// One command at random; many of them are refused.
    func command(_ dice: inout SplitMix, _ client: some TestClientProtocol) async throws {
        let account = here[dice.below(4)].text
        let amount = dice.below(200) + 1
        let other = here[dice.below(4)].text
        switch dice.below(10) {
        case 0: _ = try await client.ask(.post, "/v1/deposits", Body.cash(amount, account: account))
        case 1:
            _ = try await client.ask(
                .post, "/v1/withdrawals", Body.cash(amount, account: account))
        case 2:
            let change = dice.below(2) == 0 ? "freeze" : "unfreeze"
            _ = try await client.ask(.post, "/v1/accounts/\(account)/\(change)", Body.only())
        case 3, 4:
            _ = try await client.ask(
                .post, "/v1/transfers", Body.transfer(amount, from: account, to: other))
        case 5:
            // Held, and then refused by the other bank.
            _ = try await client.ask(
                .post, "/v1/transfers",
                Body.transfer(amount, from: account, to: "acct-nobody01@bank-b"))
        default:
            _ = try await client.ask(
                .post, "/v1/transfers", Body.transfer(amount, from: account, to: there.text))
        }
    }
}

/// Random numbers that a seed repeats.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(bound))
    }
}

/// Statements as the postings of a log add up to them: in memory, the whole log at once, from
/// nothing but the entries' own words.
struct IndependentFold {
    private(set) var lines: [AccountID: [StatementReport.Line]] = [:]

    init(_ log: any EventLog) async throws {
        var orders: [SagaID: TransferParties] = [:]
        for commit in try await log.commits(after: .start, entriesMax: 1_000_000) {
            for entry in commit.entries {
                let event = try Event.decode(entry.parts, saga: entry.saga, for: Ledger.self)
                var facts: [LedgerFact] = []
                var parties: TransferParties?
                if case .operationDecided(let decided) = event,
                    case .applied(let fact) = decided.outcome
                {
                    facts = [fact]
                } else if case .stepDecided(let decided) = event {
                    facts = decided.reserving + decided.closing
                    if case .understood(let itinerary) = Content.decode(
                        decided.content, for: Ledger.self
                    ).reading {
                        orders[decided.step.saga] = TransferParties(itinerary)
                    }
                    parties = orders[decided.step.saga]
                }
                guard let last = facts.last, let id = entry.saga else { continue }
                let kind = Self.kind(of: last)
                let postings = facts.flatMap(\.postings)
                for account in Set(postings.compactMap { Self.account(of: $0.book) }) {
                    let sums = [Book.available(account), .held(account)].map { book in
                        postings.filter { $0.book == book }.reduce(0) { $0 + $1.minorUnits }
                    }
                    let before = lines[account]?.last
                    lines[account, default: []].append(
                        try .expected(
                            position: entry.position, time: commit.header.time, id: id,
                            kind: try #require(kind),
                            counterparty: parties?.other(than: account),
                            principal: event.principal, available: sums[0], held: sums[1],
                            after: before))
                }
            }
        }
    }

    private static func account(of book: Book) -> AccountID? {
        switch book {
        case .available(let account), .held(let account): account
        default: nil
        }
    }

    private static func kind(of fact: LedgerFact) -> StatementLine.Kind? {
        switch fact {
        case .deposited: .deposit
        case .withdrawn: .withdrawal
        case .held: .hold
        case .released: .release
        case .settled: .payment
        default: nil
        }
    }
}

struct TransferParties {
    private var payer: AccountID?
    private var payee: AccountID?

    init(_ itinerary: Itinerary<LedgerAction>) {
        for action in itinerary.steps.flatMap(\.actions) {
            if case .debit(let account, _) = action { payer = account }
            if case .credit(let account, _) = action { payee = account }
        }
    }

    func other(than account: AccountID) -> AccountID? { account == payer ? payee : payer }
}

extension StatementReport.Line {
    static func expected(
        position: Position, time: Timestamp, id: CommandID, kind: StatementLine.Kind,
        counterparty: AccountID?, principal: Principal?, available: Int64, held: Int64,
        after line: Self?
    ) throws -> Self {
        let text = """
            {"position":\(position),"time":\(time.milliseconds),"id":"\(id)",
            "kind":"\(kind.rawValue)",
            \(counterparty.map { #""counterparty":"\#($0)","# } ?? "")
            \(principal.map { #""principal":"\#($0)","# } ?? "")
            "amount":\(available + held),"availableChange":\(available),"heldChange":\(held),
            "available":\((line?.available ?? 0) + available),
            "held":\((line?.held ?? 0) + held)}
            """
        return try JSONLine.value(Array(text.utf8), as: Self.self)
    }
}

extension TestClientProtocol {
    /// All pages, one after the other.
    func wholeStatement(
        of account: AccountID, linesMax: Int = 1_000
    ) async throws -> [StatementReport.Line] {
        var lines: [StatementReport.Line] = []
        var after = ""
        while true {
            let seen = try await ask(
                .get, "/v1/accounts/\(account)/statement?limit=\(linesMax)\(after)")
            try #require(seen.status == 200, "\(seen.text)")
            let page = try JSONLine.value(Array(seen.text.utf8), as: StatementReport.self)
            #expect(page.lines.count <= linesMax)
            lines += page.lines
            guard let next = page.next else { return lines }
            after = "&after=\(next)"
        }
    }
}

extension StatementBook {
    func everything(
        of accounts: [AccountID]
    ) async throws -> [AccountID: [StatementLine]] {
        var lines: [AccountID: [StatementLine]] = [:]
        for account in accounts {
            lines[account] = try await page(of: account, after: .start, linesMax: 10_000).lines
        }
        return lines
    }
}
