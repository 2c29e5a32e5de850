import APIModels
import Engine
import Saga
import Stock
import StockWire
import Wire

/// A client's order of units at one or several shops, checked for its form. Whether a shop has them
/// is the engine's affair.
struct OrderRequest: Hashable {
    /// Units at one shop.
    struct Take: Hashable {
        let shelf: NodeName
        let units: Stock.Units
    }

    /// The client's UUID: sending the same order again under it is harmless.
    let id: CommandID
    /// At least one, in the client's order.
    let takes: [Take]
    /// ``TransferTimeout/standard`` where the client did not say.
    let timeout: TransferTimeout?

    /// Reads `id`, `take` (a list of `shelf`, `item` and `units`) and `timeout`.
    ///
    /// - Throws: The first thing that is wrong.
    init(_ fields: inout RequestFields) throws(InvalidRequest) {
        id = try CommandID(field: fields.string("id"))
        var takes: [Take] = []
        for var object in try fields.objects("take") {
            let shelf = try NodeName(field: object.string("shelf"), named: "shelf")
            takes.append(Take(shelf: shelf, units: try Stock.Units(&object)))
            try object.end()
        }
        self.takes = takes
        let text = try fields.optionalString("timeout")
        timeout = if let text { try TransferTimeout(text) } else { nil }
        try fields.end()
        guard !takes.isEmpty else {
            throw InvalidRequest(.invalidOrder, "\"take\" must name at least one shelf.")
        }
        let steps = itinerary.steps
        guard steps.count <= Itinerary<StockAction>.stepsMax else {
            throw InvalidRequest(
                .tooManySteps,
                "At most \(Itinerary<StockAction>.stepsMax) shelves can take part in an order.")
        }
        guard steps.allSatisfy({ $0.actions.count <= Itinerary<StockAction>.actionsMax }) else {
            throw InvalidRequest(
                .invalidOrder,
                "At most \(Itinerary<StockAction>.actionsMax) items can be taken at one shelf.")
        }
    }

    /// A step per shop, in the order in which the client first named them: so no shop has two.
    var itinerary: Itinerary<StockAction> {
        var shelves: [NodeName] = []
        for take in takes where !shelves.contains(take.shelf) { shelves.append(take.shelf) }
        return Itinerary(
            steps: shelves.map { shelf in
                .init(
                    node: shelf,
                    actions: takes.filter { $0.shelf == shelf }.map { .take($0.units) })
            })
    }

    /// Does not depend on how the JSON was written, and must never change: logs remember it.
    var fingerprint: Hash {
        var form = CommandFingerprint(kind: "order")
        form.add(id.description)
        form.add(String((timeout?.duration ?? TransferTimeout.standard).inMilliseconds))
        for take in takes {
            form.add(take.shelf.text)
            form.add(take.units.item)
            form.add(String(take.units.count))
        }
        return form.hash
    }

    /// The saga that the order asks for.
    ///
    /// - Parameters:
    ///   - node: The one that received it.
    ///   - principal: Who sent it.
    ///   - receipt: When it did: the deadline counts from there.
    /// - Throws: ``InvalidRequest/Reason/wrongNode`` — the first shop is another.
    func begin(
        at node: NodeName, by principal: Principal, receipt: Timestamp
    ) throws(InvalidRequest) -> Begin<Stock> {
        let first = takes[0].shelf
        guard first == node else {
            throw InvalidRequest(
                .wrongNode, "The first shelf is kept by \(first); send the order there.",
                node: first)
        }
        return Begin(
            id: id, fingerprint: fingerprint, principal: principal,
            content: .encode(itinerary, reference: "", for: Stock.self),
            deadline: receipt + (timeout?.duration ?? TransferTimeout.standard))
    }
}

/// Units that are put on a shelf.
struct StockRequest: Hashable {
    /// The UUID of the command, out of the same space as those of orders.
    let id: CommandID
    let units: Stock.Units

    /// Reads `id`, `item` and `units`.
    ///
    /// - Throws: The first thing that is wrong.
    init(_ fields: inout RequestFields) throws(InvalidRequest) {
        id = try CommandID(field: fields.string("id"))
        units = try Stock.Units(&fields)
        try fields.end()
    }

    /// Must never change: logs remember it.
    var fingerprint: Hash {
        var form = CommandFingerprint(kind: "stock")
        form.add(id.description)
        form.add(units.item)
        form.add(String(units.count))
        return form.hash
    }
}

extension Stock.Units {
    /// Takes `item` and `units`.
    fileprivate init(_ fields: inout RequestFields) throws(InvalidRequest) {
        let fault = InvalidRequest(
            .invalidUnits,
            """
            "units" must be an integer from 1 to 9223372036854775807, "item" 1 to 64 printable \
            ASCII characters without spaces.
            """)
        let item = try fields.string("item")
        let count = try fields.integer("units", or: fault)
        guard let units = Stock.Units(count, of: item) else { throw fault }
        self = units
    }
}

extension Duration {
    fileprivate var inMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
