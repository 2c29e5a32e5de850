import Foundation
import GeneratedWire
import Saga
import Wire

extension Content where Action == EngineTests.Action {
    /// What a node makes of bytes from outside.
    static func raw(_ bytes: [UInt8]) -> Content {
        .decode(bytes, for: Party.self)
    }

    /// A content that this version would not write.
    static func foreign(_ change: (inout Giro_Transfers_V1_Content) -> Void) -> Content {
        let route = Route.pay(eur(100), from: .alice, to: .bob)
        let usual = Trip(route.then(.shop, .take(1))).content
        do {
            var wire = try Giro_Transfers_V1_Content(wire: usual.bytes)
            change(&wire)
            return .raw(try wire.wireBytes())
        } catch {
            preconditionFailure("a content that was encoded can be decoded: \(error)")
        }
    }
}

extension Giro_Transfers_V1_Action {
    init(kind: String, body: [UInt8] = [1]) {
        self.init()
        self.kind = kind
        self.body = Data(body)
    }
}

extension Giro_Transfers_V1_Step {
    init(_ node: NodeName, _ kinds: String...) {
        self.init()
        self.node = node.text
        actions = kinds.map { Giro_Transfers_V1_Action(kind: $0) }
    }
}
