import Engine
import Node
import Saga
import Wire

// Operators that stop taking new steps from a peer, and take them again some seconds later.
extension World {
    /// The order may be lost with the process that has it: then nothing was stopped.
    func stopIntake() {
        let site = dice.pick(sites)
        setIntake(from: dice.pick(site.peers), .stopped, at: site)
    }

    /// Takes up the intake of peers that the logs say are stopped: each second that of some, until
    /// the log has it.
    func resumeIntake() {
        let chance = phase == .working ? 200 : 500
        for site in sites {
            for peer in truth.states[site.index].stoppedPeers.sorted() where dice.chance(chance) {
                setIntake(from: peer, .open, at: site)
            }
        }
    }

    private func setIntake(from peer: NodeName, _ intake: Intake, at site: Site<S>) {
        let node: Node<P>? = site.writer?.node
        node?.offer({
            Input<P>.setIntake(from: peer, intake, by: .simulated, $0)
        }) { _ in }
    }
}
