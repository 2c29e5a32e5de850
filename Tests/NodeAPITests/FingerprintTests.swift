import Ledger
import Saga
import Testing

@testable import NodeAPI

struct FingerprintTests {
    private func request(
        id: String = TransferRequestTests.id, from: String = Banks.alice, to: String = Banks.bob,
        via: [String]? = nil, amount: Int64 = 5, currency: String = "EUR",
        reference: String? = nil, timeout: String? = nil
    ) throws -> TransferRequest {
        try TransferRequest(
            id: id, from: from, to: to, via: via, amount: amount, currency: currency,
            reference: reference, timeout: timeout)
    }

    @Test("Logs remember these hashes, so they are the same for ever")
    func golden() throws {
        let full = try request(via: ["hub"], reference: "Miete März", timeout: "1h")
        #expect(
            full.fingerprint.description
                == "44c653cb01706af00f1abb255feef974399fbc52218bfe4151fbdaa15a5e4524")
        let bare = try request()
        #expect(
            bare.fingerprint.description
                == "a0db19e0486773c1ec078ce2c365c00ba8f7a766c465c571ae110fb823ac6282")
    }

    @Test("Every field matters, and so does whether it was sent at all")
    func fields() throws {
        let requests = [
            try request(), try request(id: "019adc5b-f55f-7ef8-bc55-fe89b54f89d1"),
            try request(from: Banks.anna), try request(to: "acct-bobby002@bank-b"),
            try request(via: []), try request(via: ["hub"]), try request(via: ["hub", "bank-c"]),
            try request(amount: 6), try request(currency: "USD"), try request(reference: ""),
            try request(reference: "a"), try request(reference: "a "), try request(timeout: "30s"),
            try request(timeout: "30000ms"), try request(reference: "30s"),
        ]
        #expect(Set(requests.map(\.fingerprint)).count == requests.count)
    }

    @Test("References are compared byte by byte, not as Unicode would")
    func bytewise() throws {
        let composed = try request(reference: "\u{E9}")
        let decomposed = try request(reference: "e\u{301}")
        #expect(composed.fingerprint != decomposed.fingerprint)
    }

    @Test("How the JSON was written does not matter")
    func writing() throws {
        let written = #"""
            { "currency":"\u0045UR", "amount":5, "to":"\#(Banks.bob)", "reference":null,
              "id":"\#(TransferRequestTests.id.uppercased())", "from":"\#(Banks.alice)" }
            """#
        let read = try TransferRequest(json: Array(written.utf8))
        let made = try request()
        #expect(read.fingerprint == made.fingerprint)
    }

    @Test("Operations differ by their kind and every field")
    func operations() throws {
        let id = try #require(SagaID(TransferRequestTests.id))
        let euro = try #require(Currency("EUR"))
        let alice = try #require(AccountID(Banks.alice))
        let anna = try #require(AccountID(Banks.anna))
        let peer = try #require(NodeName("bank-b"))
        let five = try #require(Amount(minorUnits: 5, currency: euro))
        let six = try #require(Amount(minorUnits: 6, currency: euro))
        let operations: [LedgerOperation] = [
            .open(alice, euro), .open(anna, euro), .freeze(alice), .freeze(anna), .unfreeze(alice),
            .close(alice), .deposit(five, to: alice), .deposit(six, to: alice),
            .deposit(five, to: anna), .withdraw(five, from: alice),
            .limitExposure(of: peer, minorUnits: 5, euro),
            .limitExposure(of: peer, minorUnits: 6, euro), .settlePeer(peer, five, .paid),
            .settlePeer(peer, five, .received), .settlePeer(peer, six, .paid),
        ]
        let hashes = operations.map { OperationRequest($0, id: id).fingerprint }
        #expect(Set(hashes).count == operations.count)
        #expect(
            OperationRequest(.deposit(five, to: alice), id: id).fingerprint.description
                == "13662ff12b71e61dd8c8eb7c873c68856b6d1676f6b137bac6b505da9f7e0549")
    }
}
