import Saga
import Testing

@Suite("Itineraries")
struct ItineraryTests {
    typealias Route = Itinerary<String>

    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Route.Step]
        let number: Int
        let refusal: Refusal?

        init(_ description: String, _ steps: [Route.Step], at number: Int = 0, _ no: Refusal?) {
            testDescription = description
            self.steps = steps
            self.number = number
            refusal = no
        }
    }

    /// `a`, `b`, `a`, `b` …, each with one action.
    static func alternating(_ count: Int) -> [Route.Step] {
        (0..<count).map { step($0.isMultiple(of: 2) ? "a" : "b") }
    }

    static func many(_ count: Int) -> [String] { Array(repeating: "act", count: count) }

    static func step(
        _ name: String, _ actions: [String] = ["act"], foreign: Int = 0
    ) -> Route.Step {
        guard let node = NodeName(name) else { preconditionFailure("\(name) is no node's name") }
        return Route.Step(node: node, actions: actions, foreignActions: foreign)
    }

    static let rules: [Rule] = [
        Rule("no step at all", [], .brokenItinerary),
        Rule("one step", alternating(1), nil),
        Rule("two steps", alternating(2), nil),
        Rule("sixteen steps", alternating(16), at: 15, nil),
        Rule("seventeen steps", alternating(17), .brokenItinerary),
        Rule("sixteen actions", [step("a", many(16))], nil),
        Rule("seventeen actions", [step("a", many(17))], .brokenItinerary),
        Rule(
            "seventeen actions elsewhere, known or not",
            alternating(1) + [step("b", many(9), foreign: 8)], .brokenItinerary),
        Rule("a node that comes back later", alternating(3), at: 2, nil),
        Rule("neighbours at one node", [step("a"), step("a")], .brokenItinerary),
        Rule(
            "neighbours at one node, far ahead", [step("a"), step("b"), step("c"), step("c")],
            .brokenItinerary),
        Rule("a step without actions", [step("a"), step("b", [])], .brokenItinerary),
        Rule("only steps without actions", [step("a", [])], .brokenItinerary),
        Rule(
            "a foreign action beside a known one in one's own step",
            [step("a", foreign: 1), step("b")], .notUnderstood),
        Rule(
            "only foreign actions in one's own step", [step("a"), step("b", [], foreign: 1)],
            at: 1, .notUnderstood),
        Rule(
            "foreign actions in another's step only",
            [step("a"), step("b", [], foreign: 2), step("c", foreign: 1)], at: 0, nil),
        Rule("a step number behind the last", alternating(2), at: 2, .brokenItinerary),
        Rule("a negative step number", alternating(2), at: -1, .brokenItinerary),
        // Neighbouring rules, both broken: the first one rejects.
        Rule(
            "too many steps and neighbours at one node",
            Array(repeating: step("a"), count: 17), .brokenItinerary),
        Rule(
            "an itinerary that is broken and not understood",
            [step("a", foreign: 1), step("b", [])], .brokenItinerary),
    ]

    @Test("An itinerary keeps the rules that hold for every saga", arguments: rules)
    func keepsTheRules(_ rule: Rule) {
        let itinerary = Route(steps: rule.steps)
        if let refusal = rule.refusal {
            #expect(throws: refusal) { try itinerary.check(at: rule.number) }
        } else {
            #expect(throws: Never.self) { try itinerary.check(at: rule.number) }
        }
    }

    @Test("Mapping keeps nodes and order, and counts what is not known as foreign")
    func mapCountsForeignActions() {
        let itinerary = Route(steps: [
            Self.step("a", ["1", "x", "2"], foreign: 1), Self.step("b", ["y"]), Self.step("c", []),
        ])
        let numbers = itinerary.map { Int($0) }
        #expect(numbers.steps.map(\.node) == itinerary.steps.map(\.node))
        #expect(numbers.steps.map(\.actions) == [[1, 2], [], []])
        #expect(numbers.steps.map(\.foreignActions) == [2, 1, 0])
        #expect(itinerary.map(\.self) == itinerary, "who knows everything sees no difference")
    }

    @Test("Steps have owners inside the itinerary only")
    func ownersOfSteps() {
        let itinerary = Route(steps: [Self.step("a"), Self.step("b")])
        #expect([-1, 0, 1, 2].map { itinerary.node(at: $0)?.text } == [nil, "a", "b", nil])
        #expect(itinerary.last == 1)
    }

    @Test("A step's request names the neighbours, and none beyond the ends")
    func requestsNameNeighbours() {
        let itinerary = Route(steps: [Self.step("a"), Self.step("b", ["x", "y"]), Self.step("c")])
        let saga = SagaID(CommandID(high: 0, low: 1), contentHash: .zero)
        let requests = (0..<3).map {
            StepRequest(StepID(saga: saga, number: $0), in: itinerary)
        }
        #expect(requests.map(\.previous?.text) == [nil, "a", "b"])
        #expect(requests.map(\.next?.text) == ["b", "c", nil])
        #expect(requests.map(\.actions) == [["act"], ["x", "y"], ["act"]])
    }
}
