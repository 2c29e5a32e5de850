import Hummingbird
import HTTPServer
import Ledger
import NodeClient
import Saga
import StrictJSON
import TestKit
import Testing
import Wire

@testable import APIModels
@testable import BankAPI

/// What follows from the table of operations: routes, calls and fingerprints. `DescriptionTests`
/// compare it with `openapi.yaml`, and `OperationCommandTests` with the commands.
struct OperationTests {
    /// An operation as it is sent, and as logs remember it.
    struct Row: Sendable {
        let operation: LedgerOperation
        let target: String
        let body: String
        /// The texts of the fingerprint's form, but for the version in front.
        let form: [String]
        /// SHA-256 of the form, made with another program.
        let fingerprint: String
        /// The answer of a bank where Alice has 10.00 EUR, and nothing is open with bank B.
        let verdict: CommandAnswer.Verdict
    }

    static let id = "019adc5b-f55f-7ef8-bc55-fe89b54f89d0"
    static let alice = "acct-alice001@bank-a"

    /// In the order of ``Cast/operations``.
    static let rows = [
        Row(
            operation: .open(Cast.alice, Cast.euro), target: "POST /v1/accounts",
            body: #"{"account":"\#(alice)","currency":"EUR","id":"\#(id)"}"#,
            form: ["open", id, alice, "EUR"],
            fingerprint: "8fca1954703180b8026447d9a5e856de83751c5d8a60e5fc7e80cc66e4fd99e4",
            verdict: .refused(.accountExists)),
        Row(
            operation: .freeze(Cast.alice), target: "POST /v1/accounts/\(alice)/freeze",
            body: #"{"id":"\#(id)"}"#, form: ["freeze", id, alice],
            fingerprint: "fd49d4eb89beac8e3f3795d94b4af45474f7e355334fce176f135f58d9dbac0f",
            verdict: .applied),
        Row(
            operation: .unfreeze(Cast.alice), target: "POST /v1/accounts/\(alice)/unfreeze",
            body: #"{"id":"\#(id)"}"#, form: ["unfreeze", id, alice],
            fingerprint: "21059dabec144c04a0e1651d7db7971a8a6e4c0333f539aa61e62750294b8ba6",
            verdict: .applied),
        Row(
            operation: .close(Cast.alice), target: "POST /v1/accounts/\(alice)/close",
            body: #"{"id":"\#(id)"}"#, form: ["close", id, alice],
            fingerprint: "8cec221480aff3dbf568f90d107c8bd911c6796a103a707356bdc785c13261f3",
            verdict: .refused(.accountNotEmpty)),
        Row(
            operation: .deposit(Cast.fiveCents, to: Cast.alice), target: "POST /v1/deposits",
            body: #"{"account":"\#(alice)","amount":5,"currency":"EUR","id":"\#(id)"}"#,
            form: ["deposit", id, alice, "5", "EUR"],
            fingerprint: "13662ff12b71e61dd8c8eb7c873c68856b6d1676f6b137bac6b505da9f7e0549",
            verdict: .applied),
        Row(
            operation: .withdraw(Cast.fiveCents, from: Cast.alice),
            target: "POST /v1/withdrawals",
            body: #"{"account":"\#(alice)","amount":5,"currency":"EUR","id":"\#(id)"}"#,
            form: ["withdraw", id, alice, "5", "EUR"],
            fingerprint: "849545df6850d5b876355e359fec6019daac255debbf1cb9ccddf1e1afe44e6e",
            verdict: .applied),
        Row(
            operation: .limitExposure(of: Cast.bankB, minorUnits: 5, Cast.euro),
            target: "PUT /v1/peers/bank-b/limits/EUR", body: #"{"id":"\#(id)","limit":5}"#,
            form: ["limitExposure", id, "bank-b", "5", "EUR"],
            fingerprint: "effe2d6ede1204864d25fad89651b69bb858eda9d606d537257a74a342491173",
            verdict: .applied),
        Row(
            operation: .limitOwed(to: Cast.bankB, minorUnits: 5, Cast.euro),
            target: "PUT /v1/peers/bank-b/owed-limits/EUR", body: #"{"id":"\#(id)","limit":5}"#,
            form: ["limitOwed", id, "bank-b", "5", "EUR"],
            fingerprint: "ddef81b5ea892183c3bf826b7134c0bb1a3a567c2e1398ad3f6b5fbad39fc851",
            verdict: .applied),
        transit(.blocked, "5c865f1a54fbc78b7b7fbf636a058f34ffe3b20e485173f4e9aee26872bdd7a7"),
        transit(.allowed, "25dd6d184a597f4cb2667c708d17fa2b1c9cfe3fbb4d9db05438b3654dea2f07"),
        settlement(
            .received, "01ffb58d6d8f0939bbe65e9e67dfe50e97ad1a85d710ae6a433bb79b9756b205"),
        settlement(
            .paid, "44229ba82dd0fee41b60e760612a63b4a4936976a2304ed9ebbf5ec67f7e9d43"),
    ]

    private static func transit(
        _ transit: LedgerOperation.Transit, _ fingerprint: String
    ) -> Row {
        Row(
            operation: .setTransit(from: Cast.bankB, transit),
            target: "PUT /v1/peers/bank-b/transit",
            body: #"{"id":"\#(id)","transit":"\#(transit.rawValue)"}"#,
            form: ["setTransit", id, "bank-b", transit.rawValue], fingerprint: fingerprint,
            verdict: .applied)
    }

    private static func settlement(
        _ direction: LedgerOperation.Direction, _ fingerprint: String
    ) -> Row {
        Row(
            operation: .settlePeer(Cast.bankB, Cast.fiveCents, direction),
            target: "POST /v1/settlements",
            body: #"{"amount":5,"currency":"EUR","direction":"\#(direction.rawValue)","#
                + #""id":"\#(id)","peer":"bank-b"}"#,
            form: ["settlePeer", id, "bank-b", "5", "EUR", direction.rawValue],
            fingerprint: fingerprint, verdict: .refused(.settlementTooLarge))
    }

    private static func request(_ row: Row) throws -> OperationRequest {
        OperationRequest(row.operation, id: try #require(CommandID(id)))
    }

    @Test("Every kind is tried, and no two share a name, a route or a command")
    func kinds() {
        #expect(Self.rows.map(\.operation) == Cast.operations)
        #expect(Set(Cast.operations.map(\.parts.kind)) == Set(OperationKind.allCases))
        let rows = OperationKind.allCases.map(\.row)
        #expect(Set(rows.map(\.name)).count == rows.count)
        #expect(Set(rows.map { "\($0.method.rawValue) \($0.path)" }).count == rows.count)
        #expect(Set(rows.map(\.command)).count == rows.count)
    }

    @Test("The values stand in the order of the row's fields", arguments: Cast.operations)
    func order(_ operation: LedgerOperation) {
        let (kind, values) = operation.parts
        #expect(values.flatMap(\.members).map(\.name) == kind.row.fields.flatMap(\.members))
        #expect(kind.row.operation(values.reversed()) == operation)
    }

    @Test("Logs remember the fingerprints permanently, so they never change", arguments: rows)
    func fingerprints(_ row: Row) throws {
        let form = (["giro-command-v1"] + row.form).flatMap { text -> [UInt8] in
            [1, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
        }
        let fingerprint = try Self.request(row).fingerprint
        #expect(fingerprint == .sha256(of: form))
        #expect(fingerprint.description == row.fingerprint)
    }

    @Test("A call is sent as the table has it, and read as what it was", arguments: rows)
    func calls(_ row: Row) throws {
        let request = try Self.request(row)
        #expect("\(request.target.method) \(request.target.path)" == row.target)
        #expect(String(decoding: JSONLine.bytes(of: request), as: UTF8.self) == row.body)
        #expect(try Self.read(row, row.body) == request)
    }

    @Test("A member that is missing is named, and one that does not belong there", arguments: rows)
    func members(_ row: Row) {
        let table = row.operation.parts.kind.row
        for name in ["id"] + table.fields.flatMap(\.members) {
            if table.hasInPath(name) {
                let also = #"{"\#(name)":"x","# + row.body.dropFirst()
                #expect(
                    throws: InvalidRequest(.unknownField, "There is no field \"\(name)\" here.")
                ) { try Self.read(row, also) }
            } else {
                let other = row.body.replacing("\"\(name)\":", with: "\"\(name)s\":")
                #expect(
                    throws: InvalidRequest(.missingField, "The field \"\(name)\" is missing.")
                ) { try Self.read(row, other) }
            }
        }
    }

    @Test("A word that transit does not have is named")
    func transitWords() throws {
        let row = try #require(Self.rows.first { $0.form[0] == "setTransit" })
        let body = row.body.replacing("blocked", with: "maybe")
        #expect(
            throws: InvalidRequest(
                .invalidTransit, "\"transit\" must be \"allowed\" or \"blocked\".")
        ) { try Self.read(row, body) }
    }

    /// As the route reads it.
    private static func read(_ row: Row, _ body: String) throws -> OperationRequest {
        let table = row.operation.parts.kind.row
        let parts = row.target.split(separator: " ")[1].split(separator: "/")
        let values = try table.valuesInPath { name in
            let index = table.path.split(separator: "/").firstIndex(of: "{\(name)}")
            return index.map { String(parts[$0]) } ?? ""
        }
        return try table.request(values, RequestFields(json: Array(body.utf8)))
    }

    @Test("Every kind has a route for its role, which the client's call reaches")
    func routes() async throws {
        try await Banks.serving { banks, client, _ in
            try await banks.openAccounts()
            let routes = NodeRouter(try banks.bank("bank-a")).routes
            for row in OperationKind.allCases.map(\.row) {
                let fitting = routes.filter {
                    $0.method.rawValue == row.method.rawValue && $0.path == row.path
                }
                #expect(fitting.map(\.role) == [row.role], "\(row.path)")
            }
            for row in Self.rows {
                let answer = try await client.perform(row.operation, id: .next())
                #expect(answer.verdict == row.verdict, "\(row.target)")
            }
        }
    }
}
