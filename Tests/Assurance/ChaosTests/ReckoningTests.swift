import APIModels
import Ledger
import Saga
import Testing

@testable import Chaos

/// The judge must find what it is there for, or a clean run says nothing.
struct ReckoningTests {
    private let request: TransferRequest
    private let order: Order

    init() throws {
        request = try TransferRequest(
            id: "0197a0b4-0000-7000-8000-000000000001", from: "acct-rich0000@bank-a",
            to: "acct-rich0001@bank-b", amount: 100, currency: "EUR")
        order = Order(kind: .ordinary, requests: [request])
    }

    private func reckon(
        _ state: TransferState?, word: Testimony.Word = .answered(.applied), payer: Int64,
        payee: Int64, closings: Int = 1
    ) -> Reckoning {
        var reckoning = Reckoning()
        let story = Testimony.Story(order: order, round: 1, words: [word], state: state)
        reckoning.check(
            story,
            [
                .init(net: [request.payer: payer], closings: [0: closings]),
                .init(net: [request.payee: payee], closings: [1: 1]),
            ])
        return reckoning
    }

    @Test("A settled transfer that moved its amount once is right")
    func right() {
        let reckoning = reckon(.settled, payer: -100, payee: 100)
        #expect(reckoning.faults.isEmpty && reckoning.lost == 0 && reckoning.doubled == 0)
    }

    @Test("Money that left and did not come is lost")
    func lost() {
        #expect(reckon(.settled, payer: -100, payee: 0).lost == 1)
        #expect(reckon(.settled, payer: 0, payee: 0).lost == 2)
    }

    @Test("Money that came twice is doubled, and so is what was closed twice")
    func doubled() {
        #expect(reckon(.settled, payer: -100, payee: 200).doubled == 1)
        #expect(reckon(.rolledBack(.deadlinePassed), payer: 0, payee: 100).doubled == 1)
        #expect(reckon(.settled, payer: -100, payee: 100, closings: 2).doubled == 1)
    }

    @Test("A transfer without an end is lost", arguments: [nil, TransferState.unknown, .pending])
    func endless(_ state: TransferState?) {
        #expect(reckon(state, payer: 0, payee: 0).lost == 1)
    }

    @Test("An end that the order cannot have, or that its client was not told of, is a fault")
    func wrongEnd() {
        #expect(!reckon(.rolledBack(.deadlinePassed), payer: 0, payee: 0).faults.isEmpty)
        let refused = Testimony.Word.answered(.refused(.insufficientFunds))
        #expect(!reckon(.settled, word: refused, payer: -100, payee: 100).faults.isEmpty)
    }

    @Test("Testimony finds answers that change, two firsts, and two contents taken in")
    func testimony() throws {
        let testimony = Testimony()
        let contested = Order(kind: .contested, requests: [request, try order.forged()])
        testimony.begin(contested, round: 1)
        testimony.note(.applied, of: order.id, 0, at: "here")
        testimony.note(.conflict, of: order.id, 1, at: "here")
        testimony.note(.duplicate(of: .applied), of: order.id, 0, at: "here")
        #expect(testimony.faults.isEmpty)
        testimony.note(.applied, of: order.id, 0, at: "there")
        #expect(testimony.faults.count == 1)
        testimony.note(.duplicate(of: .applied), of: order.id, 1, at: "there")
        #expect(testimony.faults.count == 3, "\(testimony.faults)")
    }
}
