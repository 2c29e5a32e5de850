/// Names one step of one saga: the unit a node decides as a whole.
public struct StepID: Hashable, Sendable {
    public let saga: SagaID
    /// 0 for the origin's step; at most ``Itinerary/stepsMax`` - 1.
    public let number: Int

    public init(saga: SagaID, number: Int) {
        self.saga = saga
        self.number = number
    }

    public var previous: StepID { StepID(saga: saga, number: number - 1) }
    public var next: StepID { StepID(saga: saga, number: number + 1) }
}

extension StepID: Comparable, CustomStringConvertible {
    public static func < (left: StepID, right: StepID) -> Bool {
        (left.saga, left.number) < (right.saga, right.number)
    }

    public var description: String { "\(saga)#\(number)" }
}
