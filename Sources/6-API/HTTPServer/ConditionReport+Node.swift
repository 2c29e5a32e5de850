package import APIModels
package import Node

extension ConditionReport {
    /// - Parameter isFull: Whether the caller may know peers, addresses and errors.
    init(_ condition: NodeCondition, isFull: Bool) {
        self.init(
            code: condition.code.rawValue, since: condition.since, blocks: condition.isBlocking,
            peer: isFull ? condition.peer : nil, why: isFull ? condition.why : nil)
    }

    /// `nil` for a code that this version does not know.
    package var known: NodeCondition.Code? { NodeCondition.Code(rawValue: code) }
}
