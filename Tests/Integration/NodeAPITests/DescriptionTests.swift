import AccessControl
import APIModels
import Foundation
import HTTPServer
import Hummingbird
import HummingbirdTesting
import Ledger
import Testing
import Yams

@testable import BankAPI

/// `openapi.yaml` says what the router does.
struct DescriptionTests {
    @Test("Every route is described with its role, and nothing else is")
    func routes() async throws {
        try await Banks.running(["bank-a"]) { banks in
            let router = NodeRouter(try banks.bank("bank-a"))
            let served = router.routes.map { route in
                "\(route.method.rawValue) \(route.path) \(route.role?.rawValue ?? "nobody")"
            }
            try await banks.router().test(.router) { client in
                let seen = try await client.ask(.get, "/openapi.yaml")
                #expect(seen.status == 200)
                #expect(seen.headers[.contentType] == "application/yaml")
                let document = try #require(try Yams.load(yaml: seen.text) as? [String: Any])
                let paths = try #require(document["paths"] as? [String: [String: Any]])
                let described = paths.flatMap { path, operations in
                    operations.filter { $0.key != "parameters" }.map { method, operation in
                        let role = (operation as? [String: Any])?["x-role"] as? String
                        return "\(method.uppercased()) \(path) \(role ?? "nobody")"
                    }
                }
                #expect(Set(described) == Set(served))
                #expect(described.count == served.count)
            }
        }
    }

    @Test("Every reference leads somewhere")
    func references() async throws {
        try await Banks.running(["bank-a"]) { banks in
            try await banks.router().test(.router) { client in
                let text = try await client.ask(.get, "/openapi.yaml").text
                let document = try #require(try Yams.load(yaml: text))
                let references = text.matches(of: #/\$ref: "#/([^"]+)"/#).map { $0.1 }
                #expect(references.count > 50)
                for reference in Set(references) {
                    var value: Any? = document
                    for name in reference.split(separator: "/") {
                        value = (value as? [String: Any])?[String(name)]
                    }
                    #expect(value != nil, "\(reference)")
                }
            }
        }
    }

    /// A part of the document, by the names that lead there.
    private static func part(_ names: String...) throws -> [String: Any] {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        var value = try #require(try Yams.load(yaml: text) as? [String: Any])
        for name in names { value = try #require(value[name] as? [String: Any], "\(names)") }
        return value
    }

    private static func reference(_ value: Any?) -> String? {
        (value as? [String: Any])?["$ref"] as? String
    }

    /// The schemas that members of operations refer to; those of other members stand in the body.
    private static let schemas = [
        "id": "ID", "account": "AccountID", "currency": "Currency", "amount": "Amount",
        "peer": "NodeName",
    ].mapValues { "#/components/schemas/" + $0 }

    @Test("An operation is described as its row has it", arguments: OperationKind.allCases)
    func operations(_ kind: OperationKind) throws {
        let row = kind.row
        let method = row.method.rawValue.lowercased()
        let operation = try Self.part("paths", row.path, method)
        #expect(operation["operationId"] as? String == row.name)
        #expect(operation["x-role"] as? String == row.role.rawValue)
        #expect((operation["summary"] as? String)?.isEmpty == false)
        #expect(
            Set(try Self.part("paths", row.path, method, "responses").keys) == [
                "200", "400", "401", "403", "408", "409", "413", "415", "422", "503",
            ])

        let members = row.fields.flatMap(\.members)
        let inPath = members.filter(row.hasInPath)
        let parameters = try Self.part("paths", row.path)["parameters"] as? [Any] ?? []
        #expect(parameters.map(Self.reference) == inPath.map { "#/components/parameters/" + $0 })
        for name in inPath {
            let parameter = try Self.part("components", "parameters", name)
            #expect(parameter["name"] as? String == name && parameter["in"] as? String == "path")
            #expect(Self.reference(parameter["schema"]) == Self.schemas[name])
        }

        let content = try Self.part(
            "paths", row.path, method, "requestBody", "content", "application/json")
        let reference = try #require(Self.reference(content["schema"]))
        let schema = try #require(reference.split(separator: "/").last)
        let body = try Self.part("components", "schemas", String(schema))
        let inBody = ["id"] + members.filter { !row.hasInPath($0) }
        #expect(body["required"] as? [String] == inBody)
        #expect(body["additionalProperties"] as? Bool == false)
        let properties = try #require(body["properties"] as? [String: Any])
        #expect(Set(properties.keys) == Set(inBody))
        for name in inBody {
            #expect(Self.reference(properties[name]) == Self.schemas[name], "\(name)")
        }
        if let direction = properties["direction"] as? [String: Any] {
            let words = LedgerOperation.Direction.allCases.map(\.rawValue)
            #expect(direction["enum"] as? [String] == words)
        }
        if let transit = properties["transit"] as? [String: Any] {
            let words = LedgerOperation.Transit.allCases.map(\.rawValue)
            #expect(transit["enum"] as? [String] == words)
        }
    }
}
