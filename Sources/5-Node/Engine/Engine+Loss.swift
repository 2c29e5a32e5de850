import Links
public import Saga
import Wire

// What follows where this log, or a peer's, has lost its end and people have accepted that. It may
// be more than fits into one commit: the state knows what is left.

extension Engine {
    /// Continues the log although it is known to have been longer once: two approvers accept that.
    ///
    /// Each peer is shown the new timeline, and nothing of it counts before it has accepted that.
    /// What was being decided counts as never heard of; ``step(_:now:)`` decides nothing before all
    /// of that is recorded.
    ///
    /// - Parameters:
    ///   - fork: 16 random bytes that name the timeline.
    ///   - number: Higher than that of every timeline of this log that was ever seen.
    ///   - commitHash: Of the newest commit.
    ///   - principal: The one who decided it.
    ///   - approvers: At least two names.
    ///   - wallClock: The wall clock.
    /// - Returns: The batch to sign and append; nothing else is decided in it.
    public mutating func startTimeline(
        fork: ForkID, number: UInt64, after commitHash: Hash, by principal: Principal,
        approvers: [String], now wallClock: Timestamp
    ) -> Batch<P.Fact> {
        let name = TimelineName(number: number, fork: fork)
        let end = state.position
        startBatch(at: wallClock)
        marks = CommitMarks(after: end, commitHash, at: batch.time)
        record(.timelineStarted(name, by: principal, approvers: approvers))
        forgetSteps(besides: links.count * Self.timelineEntryBytesMax)
        for peer in links.keys.sorted() {
            let new = state.newTimeline(name, after: end, commitHash, for: peer)
            record(.timelineShown(new, to: peer))
            links[peer]?.apply(.lost(fork))
            noteLink(to: peer)
        }
        return finish()
    }

    /// An entry that shows a peer a timeline, with as many earlier ones as it may name.
    private static var timelineEntryBytesMax: Int { 256 + 40 * NewTimeline.earlierMax }

    /// Gives back what the steps hold that count as never heard of.
    ///
    /// - Parameter bytes: Of entries that have to fit into the batch behind these.
    mutating func forgetSteps(besides bytes: Int = 0) {
        guard !state.forgetting.isEmpty else { return }
        for step in state.forgetting.sorted() {
            guard hasRoom(for: Batch<P.Fact>.inputBytesMax + bytes) else { return }
            record(.stepForgotten(step, facts: state.participant.cancel(step)))
            timers.disarm(step)
        }
    }

    /// Says the reserved steps again that a peer may not know any more, or about which it may have
    /// answered what this log has lost: as many as leave room for an input.
    mutating func repeatReserved() {
        for peer in state.repeating.keys.sorted() {
            for step in (state.repeating[peer] ?? []).sorted() {
                guard hasRoom(for: 2 * Batch<P.Fact>.inputBytesMax) else { return }
                repeatReserved(step)
            }
        }
    }

    /// Says a reserved step again, and behind it that it is to be given up, if that was asked.
    mutating func repeatReserved(_ step: StepID) {
        guard let open = state[step.saga]?.open, let next = state.record(of: step)?.next else {
            preconditionFailure("only a step that is reserved for another is said again")
        }
        record(
            .stepRepeated(
                StepRepeated(
                    step: step, state: .reserved, neighbour: next, content: open.bytes,
                    deadline: open.deadline)))
        passAbandonOn()
    }
}
