import Foundation
import Yams

/// What `openapi.yaml` allows, looked up and applied by nothing of the node's own.
struct Schema: @unchecked Sendable {
    // A tree of values from a YAML file, which is not changed after it was read.
    private let schemas: [String: Any]
    private let paths: [String: [String: Any]]

    init() throws {
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/6-API/BankAPI/openapi.yaml")
        let document = try Yams.load(yaml: String(contentsOf: file, encoding: .utf8))
        let root = document as? [String: Any]
        let components = root?["components"] as? [String: Any]
        guard let schemas = components?["schemas"] as? [String: Any],
            let paths = root?["paths"] as? [String: [String: Any]]
        else { throw Violation("openapi.yaml has no paths or no schemas") }
        (self.schemas, self.paths) = (schemas, paths)
    }

    /// Why `value` is not what the schema of that name allows; `nil` if it is.
    func fault(in value: Any, _ name: String) -> String? {
        guard let schema = schemas[name] as? [String: Any] else { return "there is no \(name)" }
        return fault(in: value, schema, at: name)
    }

    /// The media type and schema of a request's body; `nil` where there is none.
    func body(of method: String, _ path: String) -> (type: String, name: String)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for (template, operations) in paths {
            let places = template.split(separator: "/", omittingEmptySubsequences: false)
            guard places.count == parts.count,
                zip(places, parts).allSatisfy({ $0.hasPrefix("{") || $0 == $1 }),
                let operation = operations[method.lowercased()] as? [String: Any],
                let body = operation["requestBody"] as? [String: Any],
                let (type, content) = (body["content"] as? [String: Any])?.first,
                let schema = (content as? [String: Any])?["schema"] as? [String: Any],
                let name = (schema["$ref"] as? String)?.split(separator: "/").last
            else { continue }
            return (type, String(name))
        }
        return nil
    }

    private func fault(in value: Any, _ schema: [String: Any], at place: String) -> String? {
        if let name = (schema["$ref"] as? String)?.split(separator: "/").last {
            return fault(in: value, String(name))
        }
        let types = schema["type"] as? [String] ?? [schema["type"] as? String ?? ""]
        guard let type = types.first(where: { Self.is(value, $0) }) else {
            return "\(place) is no \(types)"
        }
        switch type {
        case "object": return fault(inObject: value as? [String: Any] ?? [:], schema, at: place)
        case "array": return fault(inList: value as? [Any] ?? [], schema, at: place)
        case "string": return fault(inText: value as? String ?? "", schema, at: place)
        case "integer": return fault(inNumber: value as? NSNumber ?? 0, schema, at: place)
        default: return nil
        }
    }

    private static func `is`(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "null": return value is NSNull
        case "integer":
            guard let number = value as? NSNumber else { return false }
            // Neither 5.0 nor true.
            return !["d", "f", "c", "B"].contains(String(cString: number.objCType))
        default: return false
        }
    }

    private func fault(
        inObject members: [String: Any], _ schema: [String: Any], at place: String
    ) -> String? {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        for name in schema["required"] as? [String] ?? [] where members[name] == nil {
            return "\(place) has no \(name)"
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let property = properties[name] else { return "\(place) has a \(name)" }
            if let fault = fault(in: value, property, at: "\(place).\(name)") { return fault }
        }
        return nil
    }

    private func fault(
        inList elements: [Any], _ schema: [String: Any], at place: String
    ) -> String? {
        guard elements.count <= schema["maxItems"] as? Int ?? .max else {
            return "\(place) is too long"
        }
        let items = schema["items"] as? [String: Any] ?? [:]
        return elements.lazy.compactMap { fault(in: $0, items, at: place) }.first
    }

    private func fault(
        inText text: String, _ schema: [String: Any], at place: String
    ) -> String? {
        guard text.unicodeScalars.count <= schema["maxLength"] as? Int ?? .max else {
            return "\(place) is too long"
        }
        if let allowed = schema["enum"] as? [String], !allowed.contains(text) {
            return "\(place) is none of \(allowed)"
        }
        if schema["format"] as? String == "uuid", UUID(uuidString: text) == nil {
            return "\(place) is no UUID"
        }
        guard let pattern = schema["pattern"] as? String else { return nil }
        // A $ lets a line's end pass as well, which no schema means.
        let match = text.range(of: pattern, options: .regularExpression)
        let isWhole = match == text.startIndex..<text.endIndex
        return isWhole ? nil : "\(place) does not look like \(pattern)"
    }

    private func fault(
        inNumber number: NSNumber, _ schema: [String: Any], at place: String
    ) -> String? {
        let isBelow = number.int64Value < Int64(schema["minimum"] as? Int ?? .min)
        return isBelow ? "\(place) is below its minimum" : nil
    }
}
