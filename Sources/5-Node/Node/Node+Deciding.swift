public import Engine
public import Saga
import Wire

extension Node {
    /// Hands in the late answer about a step that is `deciding`, and waits until it is durable.
    ///
    /// The participant's kind learns from ``Parts/ask`` that a step waits for an answer, or is to
    /// be decided no more. Both are said again with growing pauses and after a restart, so a lost
    /// one does no harm; which steps wait stands in the participant's state.
    ///
    /// - Parameters:
    ///   - step: One that is `deciding`.
    ///   - approved: False cancels the step, with `Refusal.declined`.
    ///   - principal: Who decided; the log names it.
    /// - Returns: `applied`; `duplicate` where this answer was given before, whatever the later
    ///   steps made of it; `conflict` where the other one was, or where the step closed without an
    ///   answer; `unknownSaga` where the node has no such step.
    /// - Throws: ``NodeError``: there is no reply, but the same answer can be sent again.
    public func decide(
        _ step: StepID, approved: Bool, by principal: Principal
    ) async throws -> Reply {
        try await submit { .decide(step, approved: approved, by: principal, $0) }
    }
}
