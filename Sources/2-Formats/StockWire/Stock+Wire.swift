import Saga
public import Stock
public import Wire

extension Stock: WireParticipant {
    private static let takeKind = "take"

    /// Knows `take`; a body with no fitting item or count, or with fields that this version does
    /// not know, is not understood.
    public static func read(
        actionOf kind: String, body: [UInt8]
    ) -> ActionReading<StockAction> {
        guard kind == takeKind else { return .foreign }
        do throws(WireError) {
            return .known(.take(try Units(wire: Giro_Stock_V1_Take(wire: body))))
        } catch {
            return .notUnderstood
        }
    }

    /// `take`, for every action.
    public static func kind(of action: StockAction) -> String { takeKind }

    /// The protobuf message of `topics/stock.proto` for the action's body.
    public static func encode(_ action: StockAction) -> [UInt8] {
        switch action {
        case .take(let units): units.wire.wireBytes()
        }
    }

    /// The protobuf message that a log keeps the fact as.
    public static func encode(_ fact: StockFact) -> [UInt8] {
        var wire = Giro_Stock_V1_Fact()
        wire.fact =
            switch fact {
            case .stocked(let units): .stocked(units.wire)
            case .reserved(let step, let taken): .reserved(.init(step, taken))
            case .sold(let step): .sold(.init(step))
            case .putBack(let step): .putBack(.init(step))
            }
        return wire.wireBytes()
    }

    /// Reads what `encode` makes of a fact.
    /// - Throws: It is no fact, or one with fields or a kind that this version does not know.
    public static func decodeFact(_ bytes: [UInt8]) throws(WireError) -> StockFact {
        let wire = try Giro_Stock_V1_Fact(wire: bytes)
        try wire.requireAllKnown()
        switch wire.fact {
        case .stocked(let take): return .stocked(try Units(wire: take))
        case .reserved(let taken):
            let (step, units) = try taken.read()
            return .reserved(step, units)
        case .sold(let taken): return .sold(try taken.alone())
        case .putBack(let taken): return .putBack(try taken.alone())
        case nil: throw WireError("a stock's fact is empty")
        }
    }

    /// Shelves and reservations in a fixed order, as snapshots keep them.
    public func encodedState() -> [UInt8] {
        var wire = Giro_Stock_V1_Snapshot()
        wire.shelves = shelves.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        wire.reservations = reservations.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        return wire.wireBytes()
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no such state: a shelf holds less than nothing, or something is named twice.
    public init(encodedState: [UInt8]) throws(WireError) {
        let wire = try Giro_Stock_V1_Snapshot(wire: encodedState)
        try wire.requireAllKnown()
        self.init(
            shelves: try Dictionary(reading: wire.shelves, "the list of shelves") {
                shelf throws(WireError) in try shelf.read()
            },
            reservations: try Dictionary(reading: wire.reservations, "the list of reservations") {
                taken throws(WireError) in try taken.read()
            })
    }
}

extension Stock.Units {
    fileprivate init(wire take: Giro_Stock_V1_Take) throws(WireError) {
        try take.requireAllKnown()
        guard let units = Stock.Units(take.units, of: take.item) else {
            throw WireError("some units are none, or their item has no fitting name")
        }
        self = units
    }

    fileprivate var wire: Giro_Stock_V1_Take {
        var wire = Giro_Stock_V1_Take()
        wire.item = item
        wire.units = count
        return wire
    }
}

extension Giro_Stock_V1_Taken {
    fileprivate init(_ step: StepID, _ taken: [Stock.Units] = []) {
        self.init()
        saga = step.saga.wire
        number = step.wireNumber
        takes = taken.map(\.wire)
    }

    fileprivate func read() throws(WireError) -> (StepID, [Stock.Units]) {
        try requireAllKnown()
        var units: [Stock.Units] = []
        for take in takes { units.append(try Stock.Units(wire: take)) }
        return (try StepID(wire: saga, number, "a reservation's step"), units)
    }

    fileprivate func alone() throws(WireError) -> StepID {
        let (step, units) = try read()
        guard units.isEmpty else { throw WireError("the end of a reservation names units") }
        return step
    }
}

extension Giro_Stock_V1_Snapshot.Shelf {
    fileprivate init(_ item: String, _ shelf: Stock.Shelf) {
        self.init()
        self.item = item
        free = shelf.free
        reserved = shelf.reserved
    }

    fileprivate func read() throws(WireError) -> (String, Stock.Shelf) {
        try requireAllKnown()
        guard free >= 0, reserved >= 0 else { throw WireError("a shelf holds less than nothing") }
        return (item, Stock.Shelf(free: free, reserved: reserved))
    }
}
