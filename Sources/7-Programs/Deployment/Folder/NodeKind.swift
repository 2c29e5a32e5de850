package import AccessControl
import BankAPI
package import HTTPServer
import Ledger
import LedgerWire
package import Node
package import Saga
import ShelfAPI
import Stock
import StockWire
package import Wire

/// The kinds of system that a node can be, as `kind` in node.yaml names them.
package enum NodeKind: String, CaseIterable, Sendable {
    case bank
    case shelf

    /// What a node of the kind is made of, and how it is served.
    package var type: any RunnableKind.Type {
        switch self {
        case .bank: BankKind.self
        case .shelf: ShelfKind.self
        }
    }

    /// `bank` where it is not set.
    ///
    /// - Throws: ``Failure``: no kind has that name.
    init(_ values: SettingValues) throws {
        guard let text = values.text("kind") else {
            self = .bank
            return
        }
        guard let kind = NodeKind(rawValue: text) else {
            let names = Self.allCases.map(\.rawValue)
            let advice = Nearest.advice(for: text, among: names)
            throw Failure(
                .unavailable,
                "\(values.label("kind")) is \"\(text)\"; use one of: "
                    + names.joined(separator: ", ") + (advice.isEmpty ? "." : advice))
        }
        self = kind
    }
}

/// A kind of system that `giro node` can run: its participant, and its API.
package protocol RunnableKind: Sendable {
    associatedtype P: WireParticipant

    /// The participant before anything happened.
    static func participant(of node: NodeName) -> P

    static func node(
        _ parts: Node<P>.Parts, _ options: NodeOptions, _ tokens: TokenRegister?
    ) -> any AnsweringNode
}

enum BankKind: RunnableKind {
    static func participant(of node: NodeName) -> Ledger { Ledger(node: node) }

    static func node(
        _ parts: Node<Ledger>.Parts, _ options: NodeOptions, _ tokens: TokenRegister?
    ) -> any AnsweringNode {
        BankNode(parts, statements: options.statements, tokens: tokens)
    }
}

enum ShelfKind: RunnableKind {
    static func participant(of node: NodeName) -> Stock { Stock() }

    static func node(
        _ parts: Node<Stock>.Parts, _ options: NodeOptions, _ tokens: TokenRegister?
    ) -> any AnsweringNode {
        ShelfNode(parts, tokens: tokens)
    }
}

extension NodeFolder {
    /// What the node is, as its settings say.
    ///
    /// - Throws: ``Failure``: the settings cannot be used.
    package var kind: NodeKind {
        get async throws { try await NodeOptions(of: self, flags: [:]).kind }
    }

    /// Passes for a bank: what is sent to an account leads to no other kind of node.
    ///
    /// - Throws: ``Failure`` for a node of another kind.
    package func checkHasAccounts() async throws {
        let kind = try await kind
        guard kind == .bank else {
            throw Failure(
                .refused, "\(name) is a \(kind) and has no accounts: nothing was sent.")
        }
    }

    /// Passes for a bank: the commands that read entries know a bank's only.
    ///
    /// - Throws: ``Failure`` for a node of another kind.
    package func checkHasBooks() async throws {
        let kind = try await kind
        guard kind == .bank else {
            throw Failure(
                .unavailable,
                "\(name) is a \(kind.rawValue), and this command reads logs of banks only.")
        }
    }
}
