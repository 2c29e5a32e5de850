import Chain
import Engine
import Links
import Saga
import Wire

/// A node takes each numbered entry of a peer's durable log exactly once, in order, and acts on it
/// in the commit that says so: nothing that a peer asks for is done without its entry, nothing that
/// is taken is left undone, and nothing is taken that the peer's log does not hold.
struct TakenInOrder<P: WireParticipant>: Checker {
    /// An entry that the newest commit takes.
    private struct Taken {
        let peer: NodeName
        let number: UInt64
        let told: Told
    }

    /// What a peer asks for.
    private struct Cause: Hashable {
        let peer: NodeName
        let asks: Told.Question
    }

    /// Of the commit that is being folded.
    private var taken: [Taken] = []

    mutating func observe(_ observation: Observation<P>, _ truth: Truth<P>) throws(Violation) {
        switch observation {
        case .appended(let node, let commit, let events):
            taken = []
            for case .read(let read, let peer, _) in events {
                try take(read, of: peer, at: node, truth)
            }
            try checkCauses(commit, events, node, truth)
        case .folded(let node, _, _): try checkEffects(at: node, truth)
        default: break
        }
    }

    private mutating func take(
        _ read: Read, of peer: NodeName, at node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        let next = truth.states[node].links[peer]?.next ?? 1
        guard read.number >= next else {
            throw violation(node, "has taken entry \(read.number) of \(peer) before", truth)
        }
        let told = truth.told(by: peer, to: truth.names[node])
        guard read.number <= told.count, let commit = truth.commit(read.header.hash, of: peer),
            told[Int(read.number) - 1].position <= commit.last
        else {
            throw violation(
                node, "has taken entry \(read.number) of \(peer), whose log has none there", truth)
        }
        taken += truth.taken(read, of: peer, at: node).map {
            Taken(peer: peer, number: $0.number, told: $0.told)
        }
    }

    // MARK: - Nothing without an entry

    private func checkCauses(
        _ commit: Commit, _ events: [Event<P.Fact>], _ node: Int, _ truth: Truth<P>
    ) throws(Violation) {
        let causes = Set(
            taken.compactMap { taken in
                taken.told.asks.map { Cause(peer: taken.peer, asks: $0) }
            })
        var states: [StepID: StepState] = [:]
        var abandoned: Set<StepID> = []
        for event in events {
            let cause: Cause?
            switch event {
            case .stepDecided(let decided):
                let before = states[decided.step] ?? truth.states[node].stepState(decided.step)
                states[decided.step] = decided.state
                cause = Self.cause(of: decided, from: before)
            case .stepRepeated(let repeated):
                cause = Cause(
                    peer: repeated.neighbour, asks: .init(prompt: .reserve, step: repeated.step))
            case .abandonRequested(let request):
                let known = truth.states[node].record(of: request.step)
                let isNew =
                    known?.isAbandonRequested != true && abandoned.insert(request.step).inserted
                cause =
                    isNew && request.principal == nil
                    ? known?.previous.map {
                        Cause(peer: $0, asks: .init(prompt: .abandon, step: request.step))
                    } : nil
            case .quarantined(let letter):
                guard taken.contains(where: { letter.names($0.number, of: $0.peer) }) else {
                    throw violation(
                        node, "refuses entry \(letter.number) of \(letter.peer) untaken", truth)
                }
                cause = nil
            default: cause = nil
            }
            guard let cause, !causes.contains(cause) else { continue }
            throw violation(
                node, "did at \(commit.header.first) what \(cause.peer) did not ask for there",
                truth, event.saga)
        }
    }

    private static func cause(of decided: StepDecided<P.Fact>, from before: StepState) -> Cause? {
        switch before {
        case .unknown:
            return decided.previous.map {
                Cause(peer: $0, asks: .init(prompt: .reserve, step: decided.step))
            }
        case .reserved:
            let prompt: Prompt = decided.state == .confirmed ? .confirm : .cancel
            return decided.next.map {
                Cause(peer: $0, asks: .init(prompt: prompt, step: decided.step))
            }
        // The outside has decided.
        case .deciding, .confirmed, .cancelled: return nil
        }
    }

    // MARK: - No entry for nothing

    /// What the hostile peer asks for may be refused.
    private func checkEffects(at node: Int, _ truth: Truth<P>) throws(Violation) {
        for taken in taken where taken.peer != truth.hostile {
            guard let asks = taken.told.asks else { continue }
            let known = truth.states[node].record(of: asks.step)
            let isDone =
                switch asks.prompt {
                case .reserve: known != nil
                case .abandon: known.map { $0.isAbandonRequested || $0.state.isTerminal } ?? false
                case .confirm: known?.state == .confirmed
                case .cancel: known?.state == .cancelled
                case .deadline: true
                }
            guard !isDone else { continue }
            throw violation(
                node, "has taken entry \(taken.number) of \(taken.peer) and not acted on it", truth,
                asks.step.saga.command)
        }
    }

    private func violation(
        _ node: Int, _ message: String, _ truth: Truth<P>, _ saga: CommandID? = nil
    ) -> Violation {
        Violation("TakenInOrder", "\(truth.names[node]) \(message)", saga: saga)
    }
}

extension Quarantined {
    fileprivate func names(_ number: UInt64, of peer: NodeName) -> Bool {
        self.number == number && self.peer == peer
    }
}
