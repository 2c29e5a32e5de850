import Engine
import EventLog
import MessageBus
import Saga
import Wire

/// A network of nodes in one thread: the schedule says what happens next, the dice say what goes
/// wrong, the checkers look at every observation.
///
/// Deterministic: nothing here reads a clock or iterates over a hash table.
final class World {
    let workload: Workload
    let mutation: Mutation?
    private(set) var faults: Faults
    var dice: Dice
    var schedule = Schedule()
    let nodes: [SimulatedNode]
    var bus: SimulatedBus
    /// Messages that are delayed.
    var inTransit = 0
    var clients: Clients
    /// Entries between two snapshots of a node.
    let snapshotEvery: UInt64
    let truth: Truth
    var counts = Counts()
    var coverage = Coverage()
    /// Faults and clients have stopped: all sagas have to end.
    private(set) var isCalm = false
    private var seconds: Int64 = 0
    private var isOver = false
    private var checkers: [any Checker]

    init(seed: UInt64, faults: Faults, workload: Workload, mutation: Mutation?) {
        self.workload = workload
        self.mutation = mutation
        self.faults = faults
        var dice = Dice(seed: seed)
        let count = workload.nodes ?? 2 + dice.index(below: 3)
        let nodes = Self.network(of: count, &dice)
        self.nodes = nodes
        snapshotEvery = UInt64(dice.number(8...25))
        self.dice = dice
        bus = SimulatedBus(nodes: count)
        truth = Truth(nodes: nodes.map(\.name))
        let banks = nodes.map { Clients.Bank(name: $0.name, peers: $0.configuration.peers) }
        clients = Clients(banks: banks, seed: seed)
        checkers = allCheckers(nodes: count)
    }

    func run() throws(Violation) {
        for node in nodes { schedule.add(.open(node: node.index, life: 0), after: 0) }
        scheduleClients()
        schedule.add(.second, after: 1_000_000)
        while !isOver, let occurrence = schedule.next() { try perform(occurrence) }
        for node in nodes { try checkRest(of: node) }
        try observe(.ended)
    }

    func observe(_ observation: Observation) throws(Violation) {
        for index in checkers.indices { try checkers[index].observe(observation, in: self) }
    }

    private func perform(_ occurrence: Occurrence) throws(Violation) {
        switch occurrence {
        case .open(let node, let life):
            if nodes[node].life == life { try open(nodes[node]) }
        case .decide(let node, let life):
            if let session = session(node, life) { try decide(nodes[node], session) }
        case .wake(let node, let life):
            guard let session = session(node, life) else { return }
            session.wakesAt = .max
            decideSoon(nodes[node], session)
        case .append(let node, let life):
            if let session = session(node, life) { try append(nodes[node], session) }
        case .relay(let node, let life):
            if let session = session(node, life) { try relay(nodes[node], session) }
        case .read(let node, let life):
            if let session = session(node, life) { try read(nodes[node], session) }
        case .lateAppend(let node, let commit): try appendLate(commit, nodes[node])
        case .arrive(let record, let node):
            inTransit -= 1
            arrive(record, at: node)
        case .newCommand: makeCommand()
        case .send(let command): send(command)
        case .consent(let step, let node, let approved):
            answer(step, nodes[node], approved: approved)
        case .second: try secondPassed()
        }
    }

    /// The session an occurrence is meant for, unless it is over, or this is where it crashes.
    private func session(_ index: Int, _ life: Int) -> Session? {
        let node = nodes[index]
        guard node.life == life, let session = node.session else { return nil }
        guard !dice.chance(faults.crash) else {
            crash(node)
            return nil
        }
        return session
    }

    private func secondPassed() throws(Violation) {
        seconds += 1
        if seconds >= workload.seconds {
            isCalm = true
            faults = .none
            isOver = isAtRest
            guard isOver || seconds < workload.seconds + workload.calmSecondsMax else {
                isOver = true
                return try observe(.outOfTime)
            }
        } else {
            try strike()
        }
        schedule.add(.second, after: 1_000_000)
    }

    /// Nothing is under way any more, and nobody waits for anything.
    private var isAtRest: Bool {
        inTransit == 0 && clients.areDone && nodes.allSatisfy { isAtRest($0) }
    }

    func isAtRest(_ node: SimulatedNode) -> Bool {
        guard let session = node.session else { return false }
        return session.inputs.isEmpty && session.inFlight.isEmpty
            && session.mind.state.openSagas == 0
            && session.inbox.generation == bus.generation
            && Int(session.inbox.cursor.offset) + 1 == bus.inboxes[node.index].count
            && session.relay.generation == bus.generation
            && session.relay.cursor?.sent == session.head.position
            && session.relay.letters.isEmpty && session.relay.sending.isEmpty
    }
}

extension World {
    /// Banks a, b, c, d. All are peers, but the first and the fourth.
    private static func network(of count: Int, _ dice: inout Dice) -> [SimulatedNode] {
        let names = ["bank-a", "bank-b", "bank-c", "bank-d"].prefix(count).compactMap(NodeName.init)
        precondition((2...4).contains(count) && names.count == count, "2 to 4 banks")
        var limits = Limits()
        limits.retryFirst = .milliseconds(dice.number(300...1_500))
        limits.retryMax = .seconds(dice.number(4...10))
        limits.inboxAdvanceAfter = Int(dice.number(5...60))
        limits.quarantineMax = dice.chance(200) ? 5 : 10_000
        limits.openSagasMax = dice.chance(150) ? 8 : 100_000
        return names.enumerated().map { index, name in
            let peers = names.indices.filter { other in
                other != index && !(min(other, index) == 0 && max(other, index) == 3)
            }
            var secrets: [NodeName: PeerSecret] = [:]
            for peer in peers { secrets[names[peer]] = secret(index, peer) }
            return SimulatedNode(
                index: index,
                configuration: Configuration(
                    node: name, peers: Set(peers.map { names[$0] }), limits: limits),
                key: key(of: index), secrets: secrets)
        }
    }

    /// The secret of two nodes, the same from both sides.
    static func secret(_ one: Int, _ other: Int) -> PeerSecret {
        let byte = UInt8(16 * min(one, other) + max(one, other))
        guard let secret = PeerSecret(bytes: Array(repeating: byte, count: 32)) else {
            preconditionFailure("a secret has 32 bytes")
        }
        return secret
    }

    private static func key(of node: Int) -> SigningKey {
        guard let key = SigningKey(rawBytes: Array(repeating: UInt8(node + 1), count: 32)) else {
            preconditionFailure("any 32 bytes are a seed of a key")
        }
        return key
    }
}
