import Chain
import Saga

/// A peer of every bank that has a key, a log and no rules: it writes into its log whatever does
/// most harm, and shows it with valid numbers and proofs.
///
/// No engine runs there. It knows all that is durable at its victims, so it never shows too little
/// for long, and needs no acknowledgment.
struct Hostile {
    let name: NodeName
    let key: SigningKey
    var log: PlainLog
    /// The steps that it has asked nodes for, oldest first.
    var asked: [Asked] = []
    /// Those that it has contradicted itself to, by their indices: nothing of it counts there.
    var denied: Set<Int> = []

    /// What a node was asked to do, by its index.
    struct Asked {
        let node: Int
        /// The hostile peer's own.
        let step: StepID
        let content: [UInt8]
        let deadline: Timestamp
    }

    init() {
        guard let name = NodeName("bank-x"),
            let key = SigningKey(rawBytes: Array(repeating: 254, count: 32))
        else { preconditionFailure("a word is a name, and any 32 bytes are a seed of a key") }
        self.name = name
        self.key = key
        log = PlainLog(of: name)
    }
}

extension Network {
    /// With one more node, which is a peer of all.
    func joined(by name: NodeName) -> Network {
        Network(
            nodes: (nodes.map { Node(name: $0.name, peers: ($0.peers + [name]).sorted()) }
                + [Node(name: name, peers: names)]).sorted { $0.name < $1.name })
    }

    /// Some of the nodes, with the peers that are among them.
    func reduced(to names: Set<NodeName>) -> Network {
        Network(
            nodes: nodes.filter { names.contains($0.name) }.map { node in
                Node(name: node.name, peers: node.peers.filter(names.contains))
            })
    }
}
