import Chain
import Engine
import Saga
import Wire

/// What a node remembers of a peer's log is what stood there: a header of a durable commit, as it
/// was signed. And a node that heard much of what follows from a peer's log remembers one.
struct WitnessesSigned<P: WireParticipant>: Checker {
    private struct SignedBytes: Hashable {
        let header: [UInt8]
        let signature: [UInt8]
    }

    private struct Said: Hashable {
        let step: StepID
        let kind: Message.Kind
    }

    /// Headers that a peer sent until it is impossible that all of them were lost.
    private static var witnessesMin: Int { 10 }

    private let commitsPerWitnessMax: Int
    private var signedHeaders: [Set<SignedBytes>]
    /// By node: the commit that each of its messages follows from.
    private var commits: [[Said: Position]]
    /// By node, by peer: the commits that messages it was handed follow from.
    private var heard: [[Int: Set<Position>]]

    /// - Parameter commitsPerWitnessMax: How many commits are published behind one header.
    init(nodes count: Int, commitsPerWitnessMax: Int) {
        self.commitsPerWitnessMax = commitsPerWitnessMax
        signedHeaders = Array(repeating: [], count: count)
        commits = Array(repeating: [:], count: count)
        heard = Array(repeating: [:], count: count)
    }

    mutating func observe(
        _ observation: Observation<P>, _ truth: Truth<P>
    ) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, let events):
            signedHeaders[node].insert(
                SignedBytes(header: commit.headerBytes, signature: commit.signature))
            for event in events {
                if case .witnessed(let peer, let header) = event {
                    try check(header, of: peer, at: node, truth)
                }
                guard let message = event.message(from: truth.names[node]) else { continue }
                commits[node][Said(step: message.step, kind: message.kind)] = commit.header.last
            }
        case .heard(let node, let message):
            guard let peer = truth.index(of: message.sender),
                let commit = commits[peer][Said(step: message.step, kind: message.kind)]
            else { return }
            heard[node][peer, default: []].insert(commit)
        case .ended:
            for node in heard.indices { try checkWitnessed(node, truth) }
        default: break
        }
    }

    private func check(
        _ header: SignedHeader, of peer: NodeName, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        guard let other = truth.index(of: peer) else { return }
        guard
            signedHeaders[other].contains(
                SignedBytes(header: header.bytes, signature: header.signature))
        else {
            throw Violation(
                "WitnessesSigned",
                "\(truth.names[node]) accepted a header of \(peer) that \(peer) never signed")
        }
    }

    private func checkWitnessed(_ node: Int, _ truth: Truth<P>) throws(Violation) {
        let many = Self.witnessesMin * commitsPerWitnessMax
        let peers = heard[node].filter { $0.value.count >= many }.keys.sorted()
        for peer in peers.map({ truth.names[$0] }) where truth.states[node].peers[peer] == nil {
            throw Violation(
                "WitnessesSigned",
                "\(truth.names[node]) heard much from \(peer), and remembers no header of its log")
        }
    }
}
