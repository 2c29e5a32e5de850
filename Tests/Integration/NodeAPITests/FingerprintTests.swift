import APIModels
import Ledger
import LedgerWire
import Saga
import TestKit
import Testing
import Wire

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

    @Test("Logs remember these hashes permanently, so they never change")
    func golden() throws {
        let bare = [
            try request(), try request(via: [], reference: ""), try request(timeout: "30s"),
            try request(via: [], reference: "", timeout: "30000ms"),
        ]
        #expect(
            Set(bare.map(\.fingerprint.description))
                == ["a0db19e0486773c1ec078ce2c365c00ba8f7a766c465c571ae110fb823ac6282"])
        let full = try ["1h", "60m", "3600s", "3600000ms", "03600s"].map {
            try request(via: ["hub"], reference: "Miete März", timeout: $0)
        }
        #expect(
            Set(full.map(\.fingerprint.description))
                == ["dddd211548d2dac9035e13d993bb998e836bd2f14140ec4fc1c42f5d31edf722"])
        for timeout in ["59m", "3599s", nil] {
            let other = try request(via: ["hub"], reference: "Miete März", timeout: timeout)
            #expect(other.fingerprint != full[0].fingerprint)
        }
    }

    /// An order, as its fields were spelled.
    struct Spelling: Sendable {
        var via: [String]?
        var reference: String?
        var timeout: String?
    }

    /// Each row is one order in all its spellings.
    static let orders: [[Spelling]] = {
        let vias: [[[String]?]] = [[nil, []], [["hub"]], [["hub", "bank-c"]]]
        let references: [[String?]] = [[nil, ""], ["a"], ["a "], [" "], ["30s"], ["hub"]]
        let timeouts: [[String?]] = [
            [nil, "30s", "30000ms", "030s"], ["60s", "1m", "60000ms"], ["1h", "60m", "3600s"],
            ["30001ms"], ["30m", "1800s"],
        ]
        return vias.flatMap { vias in
            references.flatMap { references in
                timeouts.map { timeouts in
                    vias.flatMap { via in
                        references.flatMap { reference in
                            timeouts.map { Spelling(via: via, reference: reference, timeout: $0) }
                        }
                    }
                }
            }
        }
    }()

    @Test("An order has one fingerprint in all spellings, and no two orders have one")
    func spellings() throws {
        let rows = try Self.orders.map { row in
            try row.map {
                try request(via: $0.via, reference: $0.reference, timeout: $0.timeout)
            }
        }
        let fingerprints = rows.map { Set($0.map(\.fingerprint)) }
        #expect(fingerprints.allSatisfy { $0.count == 1 })
        #expect(Set(fingerprints).count == rows.count)
    }

    @Test("Every field that orders something else matters")
    func fields() throws {
        let requests = [
            try request(), try request(id: "019adc5b-f55f-7ef8-bc55-fe89b54f89d1"),
            try request(from: Banks.anna), try request(to: "acct-bobby002@bank-b"),
            try request(via: ["hub"]), try request(via: ["hub", "bank-c"]),
            try request(amount: 6), try request(currency: "USD"),
            try request(reference: "a"), try request(reference: "a "), try request(timeout: "31s"),
            try request(reference: "30s"),
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
        let id = try #require(CommandID(TransferRequestTests.id))
        let euro = try #require(Currency("EUR"))
        let alice = Cast.alice
        let anna = try #require(AccountID(Banks.anna))
        let peer = try #require(NodeName("bank-b"))
        let five = try #require(Amount(minorUnits: 5, currency: euro))
        let six = try #require(Amount(minorUnits: 6, currency: euro))
        let operations: [LedgerOperation] = [
            .open(alice, euro), .open(anna, euro), .freeze(alice), .freeze(anna), .unfreeze(alice),
            .close(alice), .deposit(five, to: alice), .deposit(six, to: alice),
            .deposit(five, to: anna), .withdraw(five, from: alice),
            .limitExposure(of: peer, minorUnits: 5, euro),
            .limitExposure(of: peer, minorUnits: 6, euro),
            .limitOwed(to: peer, minorUnits: 5, euro), .limitOwed(to: peer, minorUnits: 6, euro),
            .setTransit(from: peer, .allowed), .setTransit(from: peer, .blocked),
            .settlePeer(peer, five, .paid),
            .settlePeer(peer, five, .received), .settlePeer(peer, six, .paid),
        ]
        let hashes = operations.map { OperationRequest($0, id: id).fingerprint }
        #expect(Set(hashes).count == operations.count)
        #expect(
            OperationRequest(.deposit(five, to: alice), id: id).fingerprint.description
                == "13662ff12b71e61dd8c8eb7c873c68856b6d1676f6b137bac6b505da9f7e0549")
    }
}
