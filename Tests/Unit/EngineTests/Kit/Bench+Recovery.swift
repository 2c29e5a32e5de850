import Chain
import Saga
import Testing
import TestKit
import Wire

@testable import Engine

extension Bench {
    /// Folds the log of every node: from the first entry, and from a snapshot after each commit.
    /// Each fold must produce what the engine had in memory after the same commit. Logs in which
    /// the test has written are left out.
    func expectReplayEqualsLive(_ location: SourceLocation = #_sourceLocation) throws {
        for name in names where !self[name].isPlayed {
            let node = self[name]
            try expectReplayEqualsLive(node, location)
            let end = known(node.checkpoints.last)
            #expect(node.engine.recorded == end, sourceLocation: location)
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
        var atOnce = Recovery(
            node: node.name, participant: BenchNode.party(node.name), keys: node.keys)
        try atOnce.fold(node.commits)
        #expect(atOnce.state == recovery.state, sourceLocation: location)
        #expect(atOnce.end == recovery.end, sourceLocation: location)
    }
}

extension State {
    /// Folds an event as the first of a commit.
    mutating func apply(_ event: Event<P.Fact>) throws(FoldFault) {
        var marks = CommitMarks(after: position, at: time)
        try apply(event, &marks)
    }
}
