/// Two participants at one node: a step may ask both of them, and is done by both or by none.
public struct Pair<First: Participant, Second: Participant>: Participant {
    public enum Either<A: Hashable & Sendable, B: Hashable & Sendable>: Hashable, Sendable {
        case first(A)
        case second(B)

        var first: A? { if case .first(let value) = self { value } else { nil } }
        var second: B? { if case .second(let value) = self { value } else { nil } }
    }

    public typealias Action = Either<First.Action, Second.Action>
    public typealias Fact = Either<First.Fact, Second.Fact>
    public typealias Operation = Either<First.Operation, Second.Operation>

    public private(set) var first: First
    public private(set) var second: Second

    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    public static var refusalReasons: [RefusalReason] {
        First.refusalReasons + Second.refusalReasons
    }

    // Closures below, since a key path of a generic type is looked up anew at every call.

    public func check(_ itinerary: Itinerary<Action>) throws(Refusal) {
        try first.check(itinerary.map { $0.first })
        try second.check(itinerary.map { $0.second })
    }

    public func reserve(_ request: StepRequest<Action>) throws(Refusal) -> Reservation<Fact> {
        let one = try first.reserve(request.map { $0.first })
        let other = try second.reserve(request.map { $0.second })
        return Reservation(
            facts: one.facts.map(Fact.first) + other.facts.map(Fact.second),
            isDeciding: one.isDeciding || other.isDeciding)
    }

    public func accept(_ step: StepID) -> [Fact] {
        first.accept(step).map(Fact.first) + second.accept(step).map(Fact.second)
    }

    public func confirm(_ step: StepID) -> [Fact] {
        first.confirm(step).map(Fact.first) + second.confirm(step).map(Fact.second)
    }

    public func cancel(_ step: StepID) -> [Fact] {
        first.cancel(step).map(Fact.first) + second.cancel(step).map(Fact.second)
    }

    public func holds(_ step: StepID) -> Bool {
        first.holds(step) || second.holds(step)
    }

    public func requiredPeer(of operation: Operation) -> NodeName? {
        switch operation {
        case .first(let operation): first.requiredPeer(of: operation)
        case .second(let operation): second.requiredPeer(of: operation)
        }
    }

    public func perform(_ operation: Operation) throws(Refusal) -> Fact {
        switch operation {
        case .first(let operation): .first(try first.perform(operation))
        case .second(let operation): .second(try second.perform(operation))
        }
    }

    public mutating func apply(_ fact: Fact) throws(FoldFault) {
        switch fact {
        case .first(let fact): try first.apply(fact)
        case .second(let fact): try second.apply(fact)
        }
    }
}

extension StepRequest {
    func map<Other>(_ known: (Action) -> Other?) -> StepRequest<Other> {
        .init(id: id, actions: actions.compactMap(known), previous: previous, next: next)
    }
}
