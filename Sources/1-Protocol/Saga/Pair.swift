/// Two participants at one node: a step may ask both of them, and is done by both or by none.
public struct Pair<First: Participant, Second: Participant>: Participant {
    /// A value of one of the two participants.
    public enum Either<A: Hashable & Sendable, B: Hashable & Sendable>: Hashable, Sendable {
        case first(A)
        case second(B)

        var first: A? { if case .first(let value) = self { value } else { nil } }
        var second: B? { if case .second(let value) = self { value } else { nil } }
    }

    /// An action of either; a step may mix them.
    public typealias Action = Either<First.Action, Second.Action>
    /// A fact of either; a log keeps them in one sequence.
    public typealias Fact = Either<First.Fact, Second.Fact>
    /// An operation of either; none concerns both.
    public typealias Operation = Either<First.Operation, Second.Operation>

    /// The participant that is asked first, so that its refusal wins.
    public private(set) var first: First
    /// The participant that is asked once the first has not refused.
    public private(set) var second: Second

    /// Joins two participants; the order decides whose refusal is reported where both would refuse.
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// Both participants' reasons.
    public static var refusalReasons: [RefusalReason] {
        First.refusalReasons + Second.refusalReasons
    }

    // Closures below, since a key path of a generic type is looked up again at every call.

    /// Judges the itinerary by the first's rules, then the second's; each sees the other's actions
    /// as foreign.
    public func check(_ itinerary: Itinerary<Action>) throws(Refusal) {
        try first.check(itinerary.map { $0.first })
        try second.check(itinerary.map { $0.second })
    }

    /// Reserves at both. A refusal of the second undoes nothing of the first: no fact was applied
    /// yet.
    public func reserve(_ request: StepRequest<Action>) throws(Refusal) -> Reservation<Fact> {
        let one = try first.reserve(request.map { $0.first })
        let other = try second.reserve(request.map { $0.second })
        return joined(one, other)
    }

    /// Holds at both, or at none.
    public func reserveAgain(
        _ request: StepRequest<Action>
    ) throws(Refusal) -> Reservation<Fact> {
        let one = try first.reserveAgain(request.map { $0.first })
        let other = try second.reserveAgain(request.map { $0.second })
        return joined(one, other)
    }

    private func joined(
        _ one: Reservation<First.Fact>, _ other: Reservation<Second.Fact>
    ) -> Reservation<Fact> {
        Reservation(
            facts: one.facts.map(Fact.first) + other.facts.map(Fact.second),
            isDeciding: one.isDeciding || other.isDeciding)
    }

    /// Facts of both, the first's before the second's.
    public func accept(_ step: StepID) -> [Fact] {
        first.accept(step).map(Fact.first) + second.accept(step).map(Fact.second)
    }

    /// Facts of both, the first's before the second's; empty where neither holds anything.
    public func confirm(_ step: StepID) -> [Fact] {
        first.confirm(step).map(Fact.first) + second.confirm(step).map(Fact.second)
    }

    /// Facts of both, the first's before the second's; empty where neither holds anything.
    public func cancel(_ step: StepID) -> [Fact] {
        first.cancel(step).map(Fact.first) + second.cancel(step).map(Fact.second)
    }

    /// True while either holds something of the step.
    public func holds(_ step: StepID) -> Bool {
        first.holds(step) || second.holds(step)
    }

    /// The answer of the participant that the operation belongs to.
    public func requiredPeer(of operation: Operation) -> NodeName? {
        switch operation {
        case .first(let operation): first.requiredPeer(of: operation)
        case .second(let operation): second.requiredPeer(of: operation)
        }
    }

    /// Leaves the judgement to the participant that the operation belongs to.
    public func perform(_ operation: Operation) throws(Refusal) -> Fact {
        switch operation {
        case .first(let operation): .first(try first.perform(operation))
        case .second(let operation): .second(try second.perform(operation))
        }
    }

    /// Folds into the participant that the fact belongs to; the other stays as it was.
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
