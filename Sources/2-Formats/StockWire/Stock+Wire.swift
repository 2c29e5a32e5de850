public import Saga
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
            var reader = MessageReader(body, "giro.stock.v1.Take")
            let units = try Units(from: &reader)
            try reader.end()
            return .known(.take(units))
        } catch {
            return .notUnderstood
        }
    }

    /// `take`, for every action.
    public static func kind(of action: StockAction) -> String { takeKind }

    /// The protobuf message of `topics/stock.proto` for the action's body.
    public static func encode(_ action: StockAction) -> [UInt8] {
        var writer = MessageWriter()
        switch action {
        case .take(let units): units.write(to: &writer)
        }
        return writer.bytes
    }

    /// The protobuf message that a log keeps the fact as.
    public static func encode(_ fact: StockFact) -> [UInt8] {
        var writer = MessageWriter()
        fact.write(to: &writer)
        return writer.bytes
    }

    /// Reads what `encode` makes of a fact.
    /// - Throws: It is no fact, or one with fields or a kind that this version does not know.
    public static func decodeFact(
        _ bytes: [UInt8], of step: StepID?
    ) throws(WireError) -> StockFact {
        var reader = MessageReader(bytes, "giro.stock.v1.Fact")
        let fact = try StockFact(from: &reader, of: step)
        try reader.end()
        return fact
    }

    /// Shelves and reservations in a fixed order, as snapshots keep them.
    public func encodedState() -> [UInt8] {
        var writer = MessageWriter()
        for (item, shelf) in shelves.sorted(by: { $0.key < $1.key }) {
            writer.write(1) { shelf.write(item, to: &$0) }
        }
        for (step, units) in reservations.sorted(by: { $0.key < $1.key }) {
            writer.write(2) { reservation in
                reservation.write(step.wire, 1)
                reservation.write(2) { $0.write(units) }
            }
        }
        return writer.bytes
    }

    /// Reads what ``encodedState()`` makes.
    /// - Throws: It is no such state: a shelf holds less than nothing, or something is named twice.
    public init(encodedState: [UInt8]) throws(WireError) {
        var reader = MessageReader(encodedState, "giro.stock.v1.Snapshot")
        let shelves = try reader.messages(1, "giro.stock.v1.Snapshot.Shelf", Shelf.entry(from:))
        let reservations = try reader.messages(2, "giro.stock.v1.Snapshot.Reservation") {
            reservation throws(WireError) -> (StepID, [Units]) in
            let step = try StepID(wire: reservation.bytes(1), "a reservation's step")
            return (step, try reservation.taken(2))
        }
        try reader.end()
        self.init(
            shelves: try Dictionary(uniquePairs: shelves, "the list of shelves"),
            reservations: try Dictionary(uniquePairs: reservations, "the list of reservations"))
    }
}

extension Stock.Units {
    /// The fields of a `Take`.
    fileprivate func write(to writer: inout MessageWriter) {
        writer.write(item, 1)
        writer.write(count, 2)
    }

    fileprivate init(from reader: inout MessageReader) throws(WireError) {
        let item = try reader.string(1)
        guard let units = Stock.Units(try reader.signed(2), of: item) else {
            throw WireError("some units are none, or their item has no fitting name")
        }
        self = units
    }
}

extension StockFact {
    /// The fields of a `Fact`.
    fileprivate func write(to writer: inout MessageWriter) {
        switch self {
        case .stocked(let units): writer.write(1, message: units.write(to:))
        case .reserved(_, let units): writer.write(2) { $0.write(units) }
        case .sold: writer.write(3) { _ in }
        case .putBack: writer.write(4) { _ in }
        }
    }

    fileprivate init(from reader: inout MessageReader, of step: StepID?) throws(WireError) {
        switch reader.nextField {
        case 1:
            self = .stocked(
                try reader.whole(1, "giro.stock.v1.Take", Stock.Units.init(from:)))
        case 2: self = .reserved(try step.required("a reservation"), try reader.taken(2))
        case 3: self = .sold(try reader.end(3, of: step))
        case 4: self = .putBack(try reader.end(4, of: step))
        default:
            try reader.end()
            throw WireError("a stock's fact is empty")
        }
    }
}

extension Stock.Shelf {
    fileprivate func write(_ item: String, to writer: inout MessageWriter) {
        writer.write(item, 1)
        writer.write(free, 2)
        writer.write(reserved, 3)
    }

    fileprivate static func entry(
        from reader: inout MessageReader
    ) throws(WireError) -> (String, Stock.Shelf) {
        let item = try reader.string(1)
        let free = try reader.signed(2)
        let reserved = try reader.signed(3)
        guard free >= 0, reserved >= 0 else { throw WireError("a shelf holds less than nothing") }
        return (item, Stock.Shelf(free: free, reserved: reserved))
    }
}

extension MessageWriter {
    /// The fields of a `Taken`.
    fileprivate mutating func write(_ units: [Stock.Units]) {
        for take in units { write(1, message: take.write(to:)) }
    }
}

extension MessageReader {
    fileprivate mutating func taken(_ field: Int) throws(WireError) -> [Stock.Units] {
        try whole(field, "giro.stock.v1.Taken") { taken throws(WireError) -> [Stock.Units] in
            try taken.messages(1, "giro.stock.v1.Take", Stock.Units.init(from:))
        }
    }

    /// A `Taken` without takes: the end of the step's reservation.
    fileprivate mutating func end(_ field: Int, of step: StepID?) throws(WireError) -> StepID {
        guard try taken(field).isEmpty else {
            throw WireError("the end of a reservation names units")
        }
        return try step.required("the end of a reservation")
    }
}
