import Saga

// The entries about a node and its own log. Each has the fields of the message of its name in
// journal.proto; a reader leaves their end to its caller.

extension MessageWriter {
    mutating func writeNodeOpened(_ node: NodeName, _ publicKey: [UInt8]) {
        write(node.text, 1)
        write(publicKey, 2)
    }

    mutating func writeTimelineStarted(
        _ timeline: TimelineName, _ principal: Principal, _ approvers: [String]
    ) {
        write(timeline.number, 1)
        for approver in approvers { write(element: approver, 2) }
        write(principal.text, 3)
        write(timeline.fork.bytes, 4)
    }

    mutating func writeKeyRotated(_ publicKey: [UInt8], _ principal: Principal) {
        write(publicKey, 1)
        write(principal.text, 2)
    }

    mutating func writeClockAccepted(
        _ time: Timestamp, _ principal: Principal, _ approvers: [String]
    ) {
        write(time.milliseconds, 1)
        for approver in approvers { write(element: approver, 2) }
        write(principal.text, 3)
    }

    mutating func writeIntakeSet(_ peer: NodeName, _ intake: Intake, _ principal: Principal) {
        write(peer.text, 1)
        write(intake == .stopped, 2)
        write(principal.text, 3)
    }
}

extension MessageReader {
    mutating func readNodeOpened() throws(WireError) -> (NodeName, publicKey: [UInt8]) {
        let node = try NodeName(wire: string(1), "the log's node")
        return (node, try publicKey(2, "a node's key"))
    }

    mutating func readTimelineStarted() throws(WireError) -> (
        timeline: TimelineName, principal: Principal, approvers: [String]
    ) {
        let number = try bounded(1, "a new timeline's number")
        let approvers = try strings(2)
        let principal = try Principal(wire: string(3), "a new timeline's principal")
        guard number > 0, let fork = ForkID(bytes: try bytes(4)) else {
            throw WireError("a new timeline has no valid name")
        }
        return (TimelineName(number: number, fork: fork), principal, approvers)
    }

    mutating func readKeyRotated() throws(WireError) -> (publicKey: [UInt8], principal: Principal) {
        let newKey = try publicKey(1, "a node's new key")
        return (newKey, try Principal(wire: string(2), "a new key's principal"))
    }

    mutating func readClockAccepted() throws(WireError) -> (
        time: Timestamp, principal: Principal, approvers: [String]
    ) {
        let time = Timestamp(milliseconds: try signed(1))
        let approvers = try strings(2)
        let principal = try Principal(wire: string(3), "an accepted clock's principal")
        return (time, principal, approvers)
    }

    mutating func readIntakeSet() throws(WireError) -> (
        peer: NodeName, intake: Intake, principal: Principal
    ) {
        let peer = try NodeName(wire: string(1), "the peer whose intake is set")
        let isStopped = try bool(2)
        let principal = try Principal(wire: string(3), "an intake's principal")
        return (peer, isStopped ? .stopped : .open, principal)
    }

    private mutating func strings(_ field: Int) throws(WireError) -> [String] {
        var strings: [String] = []
        while let string = try stringElement(field) { strings.append(string) }
        return strings
    }
}

/// What the chain of signatures has to know of entries, without the participant they are about.
public enum KeyRotation {
    /// The key that an entry under no UUID hands the log over to; `nil` for every other entry, and
    /// for one that cannot be read.
    ///
    /// - Parameter kept: What the entry keeps, without the salt.
    public static func publicKey(in kept: [UInt8]) -> [UInt8]? {
        var entry = MessageReader(kept: kept)
        guard entry.nextField == 12 else { return nil }
        do throws(WireError) {
            let rotated = try entry.member(12, "KeyRotated") { reader throws(WireError) in
                try reader.readKeyRotated()
            }
            try entry.end()
            return rotated.publicKey
        } catch {
            return nil
        }
    }
}
