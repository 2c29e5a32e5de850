import Chain
import Engine
import Saga
import Wire

// Which cells of the protocol table a run has reached.
extension World {
    /// Counts the cells that a commit's entries of peers reached: only of each saga's first entry,
    /// with the state that the log had before, and only the word of the step's neighbour, since no
    /// other gets as far as the table.
    func countCells(_ events: [Event<P.Fact>], _ site: Site<S>) {
        var seen: Set<SagaID> = []
        for case .read(let read, let peer, _) in events {
            for (number, told) in truth.taken(read, of: peer, at: site.index) {
                guard let asks = told.asks, seen.insert(asks.step.saga).inserted,
                    !isOutOfPlace(number, of: peer, events)
                else { continue }
                let known = truth.states[site.index].record(of: asks.step)
                guard known.map({ asks.neighbour(in: $0) == peer }) ?? true else { continue }
                coverage.count(asks.prompt, at: known?.state ?? .unknown)
            }
        }
    }

    /// The outside is asked to stop: because a deadline has passed, or only a client has given up.
    func countDeadline(of step: StepID, _ site: Site<S>) {
        guard let deadline = truth.states[site.index][step.saga]?.open?.deadline,
            deadline <= site.clock(at: timeline.now)
        else { return }
        coverage.count(.deadline, at: .deciding)
    }

    private func isOutOfPlace(
        _ number: UInt64, of peer: NodeName, _ events: [Event<P.Fact>]
    ) -> Bool {
        events.contains { event in
            guard case .quarantined(let letter) = event, letter.peer == peer,
                letter.number == number
            else { return false }
            return letter.cause == .wrongStep || letter.cause == .unreadable
        }
    }
}
