import Saga

/// Positions in a queue: eight bytes each, the first removed and the last appended in constant time
/// on average.
struct Waiting: Hashable, Sendable {
    private var positions: [Position] = []
    /// How many of the first are removed already.
    private var removed = 0

    var count: Int { positions.count - removed }

    subscript(index: Int) -> Position { positions[removed + index] }

    mutating func append(_ position: Position) { positions.append(position) }

    mutating func removeFirst(_ count: Int) {
        precondition(count <= self.count, "only what was given is acknowledged")
        removed += count
        guard removed > 1_024, removed > positions.count / 2 else { return }
        positions.removeFirst(removed)
        removed = 0
    }

    static func == (left: Waiting, right: Waiting) -> Bool {
        left.positions[left.removed...] == right.positions[right.removed...]
    }

    func hash(into hasher: inout Hasher) { hasher.combine(positions[removed...]) }
}
