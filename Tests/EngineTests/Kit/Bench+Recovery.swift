import EventLog
import Saga
import Testing
import Wire

@testable import Engine

extension Bench {
    /// Folds the log of every node: from the first entry, and from a snapshot after each commit.
    /// Each fold has to come to what the engine had in memory after the same commit.
    func expectReplayEqualsLive(_ location: SourceLocation = #_sourceLocation) throws {
        for name in names {
            let node = self[name]
            try expectReplayEqualsLive(node, location)
            let end = known(node.checkpoints.last)
            #expect(node.state.recorded(until: end) == end, sourceLocation: location)
            for index in node.checkpoints.indices {
                let snapshot = node.snapshot(after: index)
                let recovered = try node.recovered(from: snapshot)
                #expect(recovered == end, sourceLocation: location)
                #expect(recovered.encoded() == end.encoded(), sourceLocation: location)
            }
        }
    }

    private func expectReplayEqualsLive(_ node: BenchNode, _ location: SourceLocation) throws {
        var recovery = Recovery(
            node: node.name, participant: BenchNode.party(node.name), keys: node.keys)
        #expect(node.commits.count == node.checkpoints.count, sourceLocation: location)
        for (commit, live) in zip(node.commits, node.checkpoints) {
            try recovery.fold(commit)
            #expect(recovery.state == live, sourceLocation: location)
            #expect(recovery.state.encoded() == live.encoded(), sourceLocation: location)
        }
    }
}

extension State {
    /// Without what was read from the inbox after the newest commit: that is not in the log yet.
    func recorded(until end: State) -> State {
        var state = self
        state.inbox = end.inbox
        return state
    }
}
