import Saga
import Synchronization

/// Nodes that are gone with the process.
final class NodesInMemory: NodeStore {
    private let hashes: Mutex<[Hash]>

    /// - Parameter bytes: As a file would have them: 32 a node; a rest at the end is dropped.
    init(_ bytes: [UInt8]) {
        let starts = stride(from: 0, through: bytes.count - 32, by: 32)
        let hashes = starts.compactMap { Hash(bytes: bytes[$0..<($0 + 32)]) }
        self.hashes = Mutex(hashes)
    }

    func nodeCount() -> UInt64 { hashes.withLock { UInt64($0.count) } }

    func node(at place: UInt64) -> Hash? {
        hashes.withLock { hashes in
            place < UInt64(hashes.count) ? hashes[Int(place)] : nil
        }
    }

    func put(_ nodes: [Hash], at place: UInt64) {
        cut(to: place)
        hashes.withLock { $0 += nodes }
    }

    func cut(to nodeCount: UInt64) {
        hashes.withLock { $0.removeSubrange(Int(nodeCount)...) }
    }
}
