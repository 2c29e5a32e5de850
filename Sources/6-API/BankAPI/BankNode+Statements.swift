import Chain
import Node
import Saga
import Statements

extension BankNode {
    /// The statements as they are; `nil` while there are none.
    var statementBook: StatementBook? { follower.position == nil ? nil : projection.book }

    /// The statements once they hold everything up to `position`.
    ///
    /// - Returns: `nil` when `time` was over before.
    func statementBook(upTo position: Position, within time: Duration) async -> StatementBook? {
        await follower.reach(position, within: time) ? projection.book : nil
    }
}
