package import APIModels
package import Engine
import Node

extension Reply {
    /// The verdict that a command is answered with.
    ///
    /// - Throws: ``NodeError`` `.busy`, ``Problem/unknownTransfer``, ``Problem/unknownPeer`` and
    ///   ``Problem/timelineNotShown``.
    package func answer() throws -> CommandAnswer.Verdict {
        switch self {
        case .verdict(let verdict): return verdict.answer
        case .busy, .shareFull: throw NodeError(.busy)
        case .unknownSaga: throw Problem.unknownTransfer
        case .unknownPeer: throw Problem.unknownPeer
        case .timelineNotShown: throw Problem.timelineNotShown
        case .value: preconditionFailure("only a read is answered with a value")
        }
    }
}

extension Verdict {
    package var answer: CommandAnswer.Verdict {
        switch self {
        case .applied: .applied
        case .duplicate(of: .applied): .duplicate(of: .applied)
        case .duplicate(of: .refused(let refusal)): .duplicate(of: .refused(refusal))
        case .refused(let refusal): .refused(refusal)
        case .conflict: .conflict
        }
    }
}
