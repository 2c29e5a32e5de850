import Chain
import Engine
import Node
import Saga
import Wire

// What a run is made of, as its seed says.
extension World {
    /// Everybody, the hostile peer too.
    var neighbourhood: Network { network.joined(by: hostile.name) }

    static func limits(_ dice: inout Dice) -> Limits {
        var limits = Limits()
        let pause = dice.number(500...1_500)
        limits.retryFirst = .milliseconds(pause)
        // The pause decides, so no dice are thrown for it.
        if pause.isMultiple(of: 4) { limits.openPerPeerMax = 2 }
        limits.retryMax = .seconds(dice.number(4...10))
        limits.inboxAdvanceAfter = Int(dice.number(5...60))
        limits.quarantineMax = dice.chance(200) ? 5 : 10_000
        limits.openSagasMax = dice.chance(250) ? 8 : 100_000
        return limits
    }

    static func settings(_ workload: Workload, _ dice: inout Dice) -> NodeSettings {
        var settings = NodeSettings()
        settings.commitsInFlight = Int(dice.number(1...3))
        settings.inputsPerCommitMax = dice.pick([4, 16, 64, 256])
        settings.inputsWaitingMax = dice.pick([32, 1_000])
        settings.tick = .milliseconds(500)
        settings.ticksPerHeadCheck = Int(dice.number(2...6))
        settings.inboxRecordsMax = dice.pick([3, 30, 300])
        settings.inboxWait = .seconds(20)
        settings.relayCommitsMax = dice.pick([1, 2, 8])
        settings.relayCommitsWaitingMax = dice.pick([1, 4, 256])
        // Each is as long as the log, so that longer runs make them less often.
        settings.snapshotEvery = dice.pick([10, 50, 400]) * max(1, workload.sagas / 100)
        settings.standbyLook = .milliseconds(500)
        settings.heartbeatTimeout = .seconds(dice.number(2...5))
        return settings
    }

    static func sites(
        _ network: Network, hostile: NodeName, _ limits: Limits
    ) -> [Site<S>] {
        network.nodes.enumerated().map { index, node in
            Site(
                index: index,
                configuration: Configuration(
                    node: node.name, peers: Set(node.peers + [hostile]), limits: limits),
                key: key(of: index))
        }
    }

    /// A node's first key, or one of those after it.
    static func key(of node: Int, number: Int = 0) -> SigningKey {
        let bytes = Array(repeating: UInt8(16 * number + node + 1), count: 32)
        guard let key = SigningKey(rawBytes: bytes) else {
            preconditionFailure("any 32 bytes are a seed of a key")
        }
        return key
    }
}

extension Network {
    /// Banks a, b, c … All are peers, but the first and the last of four or more, and some more.
    static func some(of count: Int, _ dice: inout Dice) -> Network {
        precondition((2...7).contains(count), "a network has two to seven nodes")
        let names = (0..<count).compactMap { index in
            NodeName("bank-" + String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index))))
        }
        var strangers: Set<[Int]> = []
        if count > 3 { strangers.insert([0, count - 1]) }
        // A ring stays whole: everybody has two peers at least.
        if count > 5, dice.chance(500) { strangers.insert([1, 4]) }
        return Network(
            nodes: names.indices.map { index in
                Node(
                    name: names[index],
                    peers: names.indices.filter { other in
                        other != index
                            && !strangers.contains([min(other, index), max(other, index)])
                    }.map { names[$0] })
            })
    }
}
