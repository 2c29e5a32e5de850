import Saga
import Stock
import Testing

@Suite("Stock")
struct StockTests {
    @Test("Of five buyers of three units exactly three get one")
    func sellsOnlyWhatThereIs() throws {
        var stock = try Stock().applying([.stocked(units(3))])
        var refusals: [Refusal] = []
        for buyer in UInt64(1)...5 {
            let wish = request([StockAction.take(units(1))], as: step(of: buyer))
            switch Result(catching: { () throws(Refusal) in try stock.reserve(wish) }) {
            case .success(let reservation): stock = try stock.applying(reservation.facts)
            case .failure(let refusal): refusals.append(refusal)
            }
        }
        #expect(refusals == [.soldOut, .soldOut])
        #expect(stock.shelves == ["tea": .init(free: 0, reserved: 3)])
        for buyer in UInt64(1)...3 { stock = try stock.applying(stock.confirm(step(of: buyer))) }
        #expect(stock == Stock(shelves: ["tea": .init()]))
    }

    @Test("Returned stock can be sold to another buyer")
    func putsBack() throws {
        var stock = Stock(shelves: ["tea": .init(free: 2)])
        stock = try stock.applying(stock.reserve(request([.take(units(2))])).facts)
        #expect(throws: Refusal.soldOut) {
            try stock.reserve(request([.take(units(1))], as: step(of: 2)))
        }
        stock = try stock.applying(stock.cancel(step()))
        #expect(stock.shelves == ["tea": .init(free: 2)])
        stock = try stock.applying(stock.reserve(request([.take(units(2))], as: step(of: 2))).facts)
        stock = try stock.applying(stock.confirm(step(of: 2)))
        #expect(stock == Stock(shelves: ["tea": .init()]))
    }

    struct Wish: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let actions: [StockAction]
        let refusal: Refusal?

        init(_ description: String, _ wanted: [Stock.Units], _ refusal: Refusal?) {
            testDescription = description
            actions = wanted.map { .take($0) }
            self.refusal = refusal
        }
    }

    static let wishes: [Wish] = [
        Wish("all of one", [units(3)], nil),
        Wish("all of both", [units(3), units(1, of: "jam")], nil),
        Wish("one item in several takes", [units(1), units(1, of: "jam"), units(2)], nil),
        Wish("one too many", [units(4)], .soldOut),
        Wish("one too many in several takes", [units(2), units(2)], .soldOut),
        Wish("more than can be counted in two takes", [units(1), units(.max)], .soldOut),
        Wish("one too many of the second", [units(3), units(2, of: "jam")], .soldOut),
        Wish("something that was never there", [units(1, of: "ham")], .soldOut),
    ]

    @Test("A step takes all it wants or nothing", arguments: wishes)
    func takesAllOrNothing(_ wish: Wish) throws {
        let stock = Stock(shelves: ["tea": .init(free: 3), "jam": .init(free: 1)])
        if let refusal = wish.refusal {
            #expect(throws: refusal) { try stock.reserve(request(wish.actions)) }
        } else {
            let reserved = try stock.applying(stock.reserve(request(wish.actions)).facts)
            #expect(reserved.shelves["tea"] == .init(free: 0, reserved: 3))
        }
    }

    static let deliveries: [(shelf: Stock.Shelf, count: Int64, isAdmitted: Bool)] = [
        (.init(), .max, true),
        (.init(free: 1), .max, false),
        (.init(reserved: 1), .max, false),
        (.init(free: .max - 1), 1, true),
        (.init(free: .max), 1, false),
        (.init(free: 1, reserved: .max - 2), 1, true),
        (.init(free: 1, reserved: .max - 2), 2, false),
    ]

    @Test("A shelf takes what fits, with room for what may be put back", arguments: deliveries)
    func deliveriesFit(shelf: Stock.Shelf, count: Int64, isAdmitted: Bool) throws {
        let stock = Stock(shelves: ["tea": shelf])
        if isAdmitted {
            let after = try stock.applying([stock.perform(.stock(units(count)))])
            #expect(after.shelves["tea"]?.free == shelf.free + count)
        } else {
            #expect(throws: Refusal.shelfFull) { try stock.perform(.stock(units(count))) }
        }
    }

    static let names: [(item: String, count: Int64, areUnits: Bool)] = [
        ("tea", 1, true), ("tea", .max, true), ("tea", 0, false), ("tea", -1, false),
        ("tea", .min, false), ("", 1, false),
        (String(repeating: "x", count: 64), 1, true),
        (String(repeating: "x", count: 65), 1, false),
        (String(repeating: "é", count: 33), 1, false),
    ]

    @Test("Units are some of an item that has a name", arguments: names)
    func unitsAreSome(item: String, count: Int64, areUnits: Bool) {
        #expect((Stock.Units(count, of: item) != nil) == areUnits)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let given: [StockFact]
        let fact: StockFact

        init(_ description: String, given: [StockFact] = [], _ fact: StockFact) {
            (testDescription, self.given, self.fact) = (description, given, fact)
        }
    }

    static let held: [StockFact] = [.stocked(units(3)), .reserved(step(), [units(2)])]

    static let faults: [Row] = [
        Row("reserved twice", given: held, .reserved(step(), [units(1)])),
        Row("reserved, but never there", .reserved(step(), [units(1)])),
        Row("more reserved than there is", given: held, .reserved(step(1), [units(2)])),
        Row("sold, but never reserved", given: [.stocked(units(3))], .sold(step())),
        Row("put back, but never reserved", given: [.stocked(units(3))], .putBack(step())),
        Row("sold twice", given: held + [.sold(step())], .sold(step())),
        Row("sold after it was put back", given: held + [.putBack(step())], .sold(step())),
        Row("put back after it was sold", given: held + [.sold(step())], .putBack(step())),
        Row("more than can be counted", given: [.stocked(units(.max))], .stocked(units(1))),
        Row(
            "more than can be counted, with what is reserved",
            given: held, .stocked(units(.max - 1))),
        Row(
            "more taken in two takes than can be counted",
            given: [.stocked(units(.max))], .reserved(step(), [units(.max), units(.max)])),
    ]

    @Test("Facts that do not add up are faults, not crashes", arguments: faults)
    func unsoundFactsAreFaults(_ row: Row) throws {
        let stock = try Stock().applying(row.given)
        #expect(throws: FoldFault.self) { try stock.applying([row.fact]) }
    }

    @Test("A shelf has no opinion about other steps of an itinerary")
    func checksNothing() {
        let itinerary = Itinerary<StockAction>(steps: [
            .init(node: node("shop"), actions: [.take(units(1))]),
            .init(node: node("bank-a"), actions: [], foreignActions: 2),
        ])
        #expect(throws: Never.self) { try Stock().check(itinerary) }
    }
}
