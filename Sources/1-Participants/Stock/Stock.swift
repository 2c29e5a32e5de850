public import Saga

/// A shop's shelves as a participant: units of an item are reserved, and then sold or put back.
public struct Stock: Hashable, Sendable {
    /// The units of one item; both counts together fit 64 bits.
    public struct Shelf: Hashable, Sendable {
        /// Units that can be reserved. Never below zero.
        public internal(set) var free: Int64
        /// Units of steps that can still be confirmed or cancelled. Never below zero.
        public internal(set) var reserved: Int64

        /// Takes the counts as they are: nothing is checked, so that a snapshot can be read.
        public init(free: Int64 = 0, reserved: Int64 = 0) {
            self.free = free
            self.reserved = reserved
        }
    }

    /// Some units of one item.
    public struct Units: Hashable, Sendable {
        /// The item's name: 1 to 64 printable ASCII characters without spaces.
        public let item: String
        /// At least 1.
        public let count: Int64

        /// `nil` unless `count` is positive and `item` has 1 to 64 printable ASCII characters.
        public init?(_ count: Int64, of item: String) {
            guard count > 0, (1...64).contains(item.utf8.count),
                item.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { return nil }
            self.item = item
            self.count = count
        }
    }

    /// The shelf of each item that was ever stocked, also when it is empty.
    public private(set) var shelves: [String: Shelf] = [:]
    /// The units held for each step that can still be confirmed or cancelled.
    public private(set) var reservations: [StepID: [Units]] = [:]

    /// Takes the parts of a snapshot as they are; without them the shop is empty.
    public init(shelves: [String: Shelf] = [:], reservations: [StepID: [Units]] = [:]) {
        self.shelves = shelves
        self.reservations = reservations
    }
}

/// The part of an itinerary that a shop understands.
public enum StockAction: Hashable, Sendable {
    case take(Stock.Units)
}

/// The operations of a shop's staff, outside any saga.
public enum StockOperation: Hashable, Sendable {
    case stock(Stock.Units)
}

/// The changes of a shop's shelves, as the log keeps them.
public enum StockFact: Hashable, Sendable {
    case stocked(Stock.Units)
    case reserved(StepID, [Stock.Units])
    case sold(StepID)
    case putBack(StepID)
}

extension Stock: Participant {
    /// Accepts every itinerary: how steps combine is no shop's concern.
    public func check(_ itinerary: Itinerary<StockAction>) throws(Refusal) {}

    /// Takes all units of the step or none; the same item may stand in several actions.
    /// - Throws: `soldOut`, where an item has too few free units.
    public func reserve(
        _ request: StepRequest<StockAction>
    ) throws(Refusal) -> Reservation<StockFact> {
        guard !request.actions.isEmpty else { return Reservation(facts: []) }
        precondition(reservations[request.id] == nil, "a saga decides a step once")
        var taken: [Units] = []
        var left = shelves
        for case .take(let units) in request.actions {
            guard let free = left[units.item]?.free, free >= units.count else { throw .soldOut }
            left[units.item]?.free = free - units.count
            taken.append(units)
        }
        return Reservation(facts: [.reserved(request.id, taken)])
    }

    /// No facts: a shelf decides at once, so none of its steps waits for a late answer.
    public func accept(_ step: StepID) -> [StockFact] { [] }

    /// One fact that lets the reserved units leave the shop.
    public func confirm(_ step: StepID) -> [StockFact] { holds(step) ? [.sold(step)] : [] }

    /// One fact that makes the reserved units free again.
    public func cancel(_ step: StepID) -> [StockFact] { holds(step) ? [.putBack(step)] : [] }

    /// True from the reservation until the units are sold or put back.
    public func holds(_ step: StepID) -> Bool { reservations[step] != nil }

    /// Puts units on a shelf.
    /// - Throws: `shelfFull`, where free and reserved units together would not fit 64 bits.
    public func perform(_ operation: StockOperation) throws(Refusal) -> StockFact {
        switch operation {
        case .stock(let units):
            let shelf = shelves[units.item] ?? Shelf()
            let (all, first) = shelf.free.addingReportingOverflow(shelf.reserved)
            guard !first, !all.addingReportingOverflow(units.count).overflow else {
                throw .shelfFull
            }
            return .stocked(units)
        }
    }

    /// Folds a fact and checks that it adds up: no count falls below zero, and no reservation is
    /// made or ended twice.
    public mutating func apply(_ fact: StockFact) throws(FoldFault) {
        switch fact {
        case .stocked(let units):
            try move(units, toFree: units.count, toReserved: 0)
        case .reserved(let step, let taken):
            guard reservations.updateValue(taken, forKey: step) == nil else {
                throw FoldFault("step \(step) was reserved twice")
            }
            for units in taken {
                try move(units, toFree: -units.count, toReserved: units.count)
            }
        case .sold(let step):
            for units in try end(step) { try move(units, toFree: 0, toReserved: -units.count) }
        case .putBack(let step):
            for units in try end(step) {
                try move(units, toFree: units.count, toReserved: -units.count)
            }
        }
    }

    private mutating func end(_ step: StepID) throws(FoldFault) -> [Units] {
        guard let taken = reservations.removeValue(forKey: step) else {
            throw FoldFault("step \(step) was never reserved, or is closed already")
        }
        return taken
    }

    private mutating func move(
        _ units: Units, toFree free: Int64, toReserved reserved: Int64
    ) throws(FoldFault) {
        var shelf = shelves[units.item] ?? Shelf()
        // 128 bits: whatever the facts say, the sums fit, and their total can be looked at.
        let sums = (Int128(shelf.free) + Int128(free), Int128(shelf.reserved) + Int128(reserved))
        guard sums.0 >= 0, sums.1 >= 0, let all = Int64(exactly: sums.0 + sums.1) else {
            throw FoldFault("there were never that many of \(units.item)")
        }
        shelf.free = Int64(sums.0)
        shelf.reserved = all - shelf.free
        shelves[units.item] = shelf
    }
}
