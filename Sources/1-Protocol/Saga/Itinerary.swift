/// A saga's ordered steps. It stands beside each entry that asks for a step (a routing slip), so a
/// node needs no prior knowledge of a saga.
public struct Itinerary<Action: Hashable & Sendable>: Hashable, Sendable {
    /// What one node does in one go, decided as a whole.
    public struct Step: Hashable, Sendable {
        /// The owner, which decides the step alone.
        public let node: NodeName
        /// The actions this node's participant knows.
        public let actions: [Action]
        /// How many more there are that it does not: other participants' affair.
        public let foreignActions: Int

        /// Takes the parts as they are; ``Itinerary/check(at:)`` judges them.
        public init(node: NodeName, actions: [Action], foreignActions: Int = 0) {
            self.node = node
            self.actions = actions
            self.foreignActions = foreignActions
        }
    }

    /// The longest itinerary, in steps.
    public static var stepsMax: Int { 16 }
    /// Of one step, foreign ones counted: what a step did has to fit into one entry.
    public static var actionsMax: Int { 16 }

    /// The steps in the order of their doing; the first is the origin's.
    public let steps: [Step]

    /// Takes any steps, none included; ``check(at:)`` judges them.
    public init(steps: [Step]) {
        self.steps = steps
    }

    /// The number of the last step; -1 where there are no steps.
    public var last: Int { steps.count - 1 }

    /// The owner of step `number`; `nil` outside the itinerary.
    public func node(at number: Int) -> NodeName? {
        steps.indices.contains(number) ? steps[number].node : nil
    }

    /// The rules that hold for every itinerary, whatever its actions are, and for the one who is
    /// to do step `number`: it has to know all of that step's actions.
    public func check(at number: Int) throws(Refusal) {
        guard (1...Self.stepsMax).contains(steps.count) else { throw .brokenItinerary }
        guard steps.indices.contains(number) else { throw .brokenItinerary }
        guard zip(steps, steps.dropFirst()).allSatisfy({ $0.node != $1.node }) else {
            throw .brokenItinerary
        }
        guard
            steps.allSatisfy({
                (1...Self.actionsMax).contains($0.actions.count + $0.foreignActions)
            })
        else { throw .brokenItinerary }
        guard steps[number].foreignActions == 0 else { throw .notUnderstood }
    }

    /// The same steps as a participant sees them that knows only some of the actions.
    public func map<Other>(_ known: (Action) -> Other?) -> Itinerary<Other> {
        Itinerary<Other>(
            steps: steps.map { step in
                let actions = step.actions.compactMap(known)
                let foreign = step.foreignActions + step.actions.count - actions.count
                return .init(node: step.node, actions: actions, foreignActions: foreign)
            })
    }
}
