import HeapModule

/// Virtual time, and the one queue of everything that is going to happen, in microseconds.
///
/// What falls on one moment happens in the order in which it was planned.
struct Timeline {
    private struct Item: Comparable {
        let time: Int64
        let order: Int
        let isAwaited: Bool
        let happen: () -> Void

        static func == (left: Item, right: Item) -> Bool { left.order == right.order }
        static func < (left: Item, right: Item) -> Bool {
            (left.time, left.order) < (right.time, right.order)
        }
    }

    /// Since the run began.
    private(set) var now: Int64 = 0
    private var items = Heap<Item>()
    private var order = 0

    /// - Parameter isAwaited: Whether a task waits for it.
    mutating func plan(
        after delay: Int64, isAwaited: Bool = false, _ happen: @escaping () -> Void
    ) {
        order += 1
        items.insert(
            Item(
                time: now + max(delay, 0), order: order, isAwaited: isAwaited, happen: happen))
    }

    /// Advances to the next planned event.
    ///
    /// - Returns: What happens then; `nil` if nothing is planned any more.
    mutating func next() -> (() -> Void)? {
        guard let item = items.popMin() else { return nil }
        now = item.time
        return item.happen
    }

    /// Forgets all that is planned.
    ///
    /// - Returns: What tasks wait for of it.
    mutating func clear() -> [() -> Void] {
        defer { items = Heap() }
        return items.unordered.filter(\.isAwaited).sorted().map(\.happen)
    }

    /// Lets time pass in which nothing happens: nothing may be planned.
    mutating func skip(_ microseconds: Int64) {
        precondition(items.isEmpty, "what is planned would be late")
        now += microseconds
    }
}

extension Int64 {
    static let millisecond: Int64 = 1_000
    static let second: Int64 = 1_000_000
}

extension Duration {
    /// Rounded down.
    var microseconds: Int64 {
        components.seconds * .second + components.attoseconds / 1_000_000_000_000
    }
}
