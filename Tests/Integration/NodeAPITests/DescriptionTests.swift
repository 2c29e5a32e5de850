import Foundation
import Hummingbird
import HummingbirdTesting
@testable import NodeAPI
import Testing
import Yams

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
}
