import APIModels
import Engine
import Ledger
import LedgerWire
import Saga
import StrictJSON
import TestKit
import Testing

@testable import BankAPI

struct TransferRequestTests {
    static let id = "019adc5b-f55f-7ef8-bc55-fe89b54f89d0"

    static func json(_ changes: [String: String?] = [:]) -> String {
        var fields: [String: String?] = [
            "id": "\"\(id)\"", "from": "\"\(Banks.alice)\"", "to": "\"\(Banks.bob)\"",
            "amount": "5", "currency": "\"EUR\"",
        ]
        for (name, value) in changes { fields[name] = .some(value) }
        let members = fields.sorted { $0.key < $1.key }.compactMap { name, value in
            value.map { "\"\(name)\":\($0)" }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    @Test(
        "What breaks a rule is invalid, for a reason that says which",
        arguments: [
            ("id", "\"1\"", .invalidID), ("id", nil, .missingField), ("id", "7", .fieldType),
            ("from", "\"alice\"", .invalidAccount), ("to", "\"\"", .invalidAccount),
            ("from", "null", .missingField), ("via", "[\"Hub\"]", .invalidNode),
            ("via", "\"hub\"", .fieldType), ("via", "[1]", .fieldType),
            ("via", "[\"bank-a\"]", .repeatedNode), ("via", "[\"bank-b\"]", .repeatedNode),
            ("via", "[\"hub\",\"hub\"]", .repeatedNode),
            ("via", "[\"hub\",\"bank-a\"]", .repeatedNode),
            ("via", "[\"bank-b\",\"hub\"]", .repeatedNode),
            ("via", "[\"hub\",\"bank-c\",\"hub\"]", .repeatedNode),
            ("amount", "0", .invalidAmount), ("amount", "-1", .invalidAmount),
            ("amount", "9223372036854775808", .invalidAmount), ("amount", "5.0", .invalidAmount),
            ("amount", "1e3", .invalidAmount), ("amount", "\"5\"", .fieldType),
            ("amount", nil, .missingField), ("currency", "\"eur\"", .unknownCurrency),
            ("currency", "\"XXX\"", .unknownCurrency),
            ("reference", "\"\(String(repeating: "ä", count: 141))\"", .referenceTooLong),
            ("timeout", "\"0s\"", .invalidTimeout), ("timeout", "\"61m\"", .invalidTimeout),
            ("timeout", "\"3600001ms\"", .invalidTimeout), ("timeout", "\"1 h\"", .invalidTimeout),
            ("timeout", "\"1H\"", .invalidTimeout), ("timeout", "\"-1s\"", .invalidTimeout),
            ("timeout", "\"9223372036854775807h\"", .invalidTimeout),
            ("timeout", "\"99999999999999999999s\"", .invalidTimeout),
            ("timeout", "30", .fieldType), ("amout", "5", .unknownField),
            ("amout", "null", .unknownField),
        ] as [(String, String?, InvalidRequest.Reason)])
    func invalid(_ field: String, _ value: String?, _ reason: InvalidRequest.Reason) {
        let error = #expect(throws: InvalidRequest.self) {
            try TransferRequest(json: Array(Self.json([field: value]).utf8))
        }
        #expect(error?.reason == reason)
    }

    @Test("Sixteen banks may take part, seventeen may not")
    func steps() throws {
        let banks = (1...15).map { "bank-\($0)" }
        let request = try Self.request(via: Array(banks.prefix(14)))
        #expect(request.route.count == 16)
        let error = #expect(throws: InvalidRequest.self) { try Self.request(via: banks) }
        #expect(error?.reason == .tooManySteps)
    }

    @Test("A transfer within a bank is one step, and cannot leave the bank")
    func routes() throws {
        #expect(try Self.request(to: Banks.anna).route.map(\.text) == ["bank-a"])
        #expect(try Self.request(to: Banks.anna, via: []).route.map(\.text) == ["bank-a"])
        #expect(try Self.request(via: ["hub"]).route.map(\.text) == ["bank-a", "hub", "bank-b"])
        for via in [["hub"], ["bank-a"], ["hub", "bank-c"]] {
            let error = #expect(throws: InvalidRequest.self) {
                try Self.request(to: Banks.anna, via: via)
            }
            #expect(error?.reason == .repeatedNode)
        }
    }

    static func request(
        to payee: String = Banks.bob, via: [String]?
    ) throws(InvalidRequest) -> TransferRequest {
        try TransferRequest(
            id: id, from: Banks.alice, to: payee, via: via, amount: 5, currency: "EUR")
    }

    static func request(to payee: String) throws(InvalidRequest) -> TransferRequest {
        try request(to: payee, via: nil)
    }

    @Test("The itinerary debits, forwards and credits, by the deadline that the timeout sets")
    func itinerary() throws {
        let node = try #require(NodeName("bank-a"))
        let begin = try Self.request(via: ["hub"]).begin(
            at: node, by: Cast.ada, receipt: .init(milliseconds: 1_000))
        guard case .understood(let itinerary) = begin.content.reading else {
            Issue.record("the content can be read")
            return
        }
        let amount = try Self.request(via: nil).amount
        let payer = Cast.alice
        let payee = try #require(AccountID(Banks.bob))
        #expect(
            itinerary.steps.map(\.actions)
                == [[.debit(payer, amount)], [.forward(amount)], [.credit(payee, amount)]])
        #expect(begin.deadline == .init(milliseconds: 31_000))
        // What is to be done is the same whenever it is begun.
        let later = try Self.request(via: ["hub"]).begin(
            at: node, by: Cast.ada, receipt: .init(milliseconds: 2_000))
        #expect(later.content == begin.content && later.deadline > begin.deadline)
        let inside = try Self.request(to: Banks.anna).begin(
            at: node, by: Cast.ada, receipt: .init(milliseconds: 0))
        guard case .understood(let one) = inside.content.reading else {
            Issue.record("the content can be read")
            return
        }
        #expect(one.steps.map(\.actions.count) == [2])
    }

    @Test(
        "Amounts in text are ASCII digits",
        arguments: [
            ("5", 5), ("007", nil), ("00", nil), ("-05", nil), ("-5", -5), ("0", 0),
            ("9223372036854775807", .max),
            ("-9223372036854775808", .min), ("+5", nil), ("1e3", nil), ("12.50", nil), ("", nil),
            ("-", nil), ("--5", nil), ("９", nil), (" 5", nil), ("5 ", nil), ("1_000", nil),
            ("0x10", nil), ("9223372036854775808", nil), ("5\u{0}", nil), ("٥", nil),
        ] as [(String, Int64?)])
    func amounts(_ text: String, _ amount: Int64?) {
        #expect((try? TransferRequest.amount(fromText: text)) == amount)
    }

    @Test("What a client encodes, the server reads as the same")
    func roundTrip() throws {
        for reference in [nil, "", "Miete \"März\" \u{0} 家賃 😀 \\n /"] {
            let request = try TransferRequest(
                id: Self.id, from: Banks.alice, to: Banks.bob, via: ["hub"], amount: .max,
                currency: "JPY", reference: reference, timeout: "90s")
            #expect(try TransferRequest(json: JSONLine.bytes(of: request)) == request)
        }
    }
}
