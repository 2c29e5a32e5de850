/// Names one step of one saga: the unit a node decides as a whole.
public struct StepID: Hashable, Sendable {
    /// The saga, by its UUID and its content.
    public let saga: SagaID
    /// 0 for the origin's step; at most ``Itinerary/stepsMax`` - 1.
    public let number: Int

    /// Takes any number; ``Itinerary/check(at:)`` judges it.
    public init(saga: SagaID, number: Int) {
        self.saga = saga
        self.number = number
    }

    /// The step before; its number is -1 at the origin's step, which has none.
    public var previous: StepID { StepID(saga: saga, number: number - 1) }
    /// The step after, whether the itinerary has one or not.
    public var next: StepID { StepID(saga: saga, number: number + 1) }
}

extension StepID: Comparable, CustomStringConvertible {
    /// Orders by saga, then by number.
    public static func < (left: StepID, right: StepID) -> Bool {
        (left.saga, left.number) < (right.saga, right.number)
    }

    /// The saga's UUID, `#` and the number.
    public var description: String { "\(saga)#\(number)" }
}
