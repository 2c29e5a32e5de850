import Chain
import Engine
import Node
import Saga
import Wire

// What clients send, and what they hear.
extension World {
    /// Sends the next wave of what the operators prepare, once all before it is answered; then the
    /// clients come.
    func prepare(wave: Int = 0) {
        guard clients.waiting == 0 else {
            return plan(after: 100 * .millisecond) { self.prepare(wave: wave) }
        }
        var isLast = true
        for site in sites {
            let waves = scenario.preparations(of: site.name, in: neighbourhood)
            guard wave < waves.count else { continue }
            isLast = false
            for operation in waves[wave] {
                send(clients.command(.operate(operation), at: site.index), after: 0)
            }
        }
        guard isLast else { return prepareNext(after: wave) }
        phase = .working
        clients.sagasLeft = workload.sagas
        makeWish()
    }

    private func prepareNext(after wave: Int) {
        plan(after: 100 * .millisecond) { self.prepare(wave: wave + 1) }
    }

    /// Makes the next command, with all that will be done about it. Commands come in bursts, so
    /// that batches are of some size.
    private func makeWish() {
        guard clients.sagasLeft > 0, phase == .working else { return }
        switch scenario.nextWish(in: network, &clients.dice) {
        case .operate(let operation, let name):
            guard let node = network.index(of: name) else { break }
            send(clients.command(.operate(operation), at: node), after: 0)
        case .begin(let plan):
            clients.sagasLeft -= 1
            counts.sagas += 1
            begin(plan)
        }
        let pause = workload.seconds * .second * 3 / 4 / Int64(workload.sagas)
        let isBurst = clients.dice.chance(850)
        plan(after: isBurst ? 0 : clients.dice.number(0...(pause * 13))) { self.makeWish() }
    }

    func begin(_ plan: SagaPlan<P.Action>) {
        guard let command = command(for: plan) else { return }
        send(command, after: 0)
        // A client that would have to wait very long gives up more often.
        if clients.dice.chance(plan.time > .seconds(60) ? 500 : 100) {
            let abandon = Command<P>(
                id: command.id, node: command.node, order: .abandon, fingerprint: .zero)
            send(abandon, after: clients.dice.number(0...(4 * .second)))
        }
        if clients.dice.chance(80) {
            addRival(of: command, at: network.names[command.node], within: 5 * .second)
        }
        if clients.dice.chance(150) {
            let other = (command.node + 1) % sites.count
            addRival(of: command, at: network.names[other], within: .second / 5)
        }
        if clients.dice.chance(20),
            case .operate(let operation, let name) = scenario.nextWish(
                in: network, &clients.dice),
            let node = network.index(of: name)
        {
            send(clients.command(.operate(operation), at: node, id: command.id), after: 0)
        }
        if case .operate(let operation, let name)? = scenario.afterthought(
            on: plan, in: network, &clients.dice),
            let node = network.index(of: name)
        {
            send(
                clients.command(.operate(operation), at: node),
                after: clients.dice.number(0...(3 * .second)))
        }
    }

    /// Another content under the same UUID.
    private func addRival(of command: Command<P>, at node: NodeName, within delay: Int64) {
        let plan = scenario.nextSaga(at: node, in: network, &clients.dice)
        guard let rival = self.command(for: plan, id: command.id) else { return }
        send(rival, after: clients.dice.number(0...delay))
    }

    /// `nil` where no node of the network could begin it.
    private func command(for plan: SagaPlan<P.Action>, id: CommandID? = nil) -> Command<P>? {
        guard let origin = plan.itinerary.node(at: 0).flatMap(network.index(of:)) else {
            return nil
        }
        let content = Content.encode(
            plan.itinerary, reference: "\(clients.commands.count)", for: P.self)
        let deadline = sites[origin].clock(at: timeline.now) + plan.time
        truth.plan(plan.itinerary, for: content.hash)
        return clients.command(.begin(content, deadline: deadline), at: origin, id: id)
    }

    /// Asks what became of a command, and tries another one under its UUID.
    func askAgain(_ index: Int) {
        count(\.askedAgain)
        clients.wonder(about: index)
        send(index)
        let command = clients.commands[index]
        guard case .abandon = command.order else {
            return send(clients.command(command.order, at: command.node, id: command.id), after: 0)
        }
    }

    private func send(_ command: Command<P>, after delay: Int64) {
        let index = clients.add(command)
        plan(after: delay) { self.send(index) }
    }

    /// Sends a command, and looks later whether it was answered.
    func send(_ index: Int) {
        let command = clients.commands[index]
        guard command.answersLeft > 0 else { return }
        plan(after: dice.number(.second...(4 * .second))) { self.send(index) }
        guard let process = front(of: sites[command.node]), let node = process.node,
            !dice.chance(faults.requestLost)
        else { return }
        node.offer({ command.input($0) }) { [weak self, weak process] result in
            guard let self, let process, case .success(let reply) = result else { return }
            hear(reply, to: index, from: process)
        }
        if dice.chance(30) { look(process) }
    }

    /// The process that a client speaks to: mostly the writer, sometimes another, which has to
    /// refuse.
    private func front(of site: Site<S>) -> Process<S>? {
        guard !site.processes.isEmpty else { return nil }
        return dice.chance(800) ? site.writer ?? site.processes.last : dice.pick(site.processes)
    }

    /// A reply has left a node; it may be lost on its way.
    private func hear(_ reply: Reply, to index: Int, from process: Process<S>) {
        guard process.isAlive else { return }
        observe(
            .replied(
                node: process.site.index, process: process.number, clients.commands[index], reply))
        switch reply {
        case .busy, .shareFull: return
        default: break
        }
        guard !dice.chance(faults.replyLost), clients.answer(index) else { return }
        if case .verdict(let verdict) = reply { counts.count(verdict) }
    }

    /// Reads, which have to be as right as commands.
    func look(_ process: Process<S>) {
        let node = process.site.index
        let since = truth.states[node].position
        let isAll = dice.chance(100)
        let read: @Sendable (State<P>) -> any Sendable = { isAll ? $0 : $0.position }
        process.node?.offer({ .read(read, $0) }) { [weak self, weak process] result in
            guard let self, process?.isAlive == true, case .success(.value(let value)) = result
            else { return }
            switch value {
            case let position as Position: observe(.saw(node: node, position, since: since))
            case let state as State<P>:
                observe(.saw(node: node, state.position, since: since))
                observe(.sawAll(node: node, state))
            default: break
            }
        }
    }
}
