import Engine
import EventLog
import Saga
import Wire

// Clients and those who are asked for consent, and what happens between them and the nodes.
extension World {
    private static let second: Int64 = 1_000_000

    func scheduleClients() {
        for node in nodes.indices {
            for (index, commands) in clients.firstOperations(of: node).enumerated() {
                for command in commands {
                    add(command, after: Int64(index) * Self.second + clients.dice.number(0...9_999))
                }
            }
        }
        clients.transfersLeft = workload.transfers
        schedule.add(.newCommand, after: 3 * Self.second)
    }

    /// Makes the next command, with all that will be done about it.
    func makeCommand() {
        guard clients.transfersLeft > 0 else {
            clients.isDoneMaking = true
            return
        }
        let span = workload.seconds * Self.second * 3 / 4
        let pause = span / Int64(workload.transfers)
        if clients.dice.chance(250) {
            add(clients.nextOperation(), after: 0)
        } else {
            clients.transfersLeft -= 1
            counts.transfers += 1
            addTransfer()
        }
        // Commands come in bursts, so that batches are of some size.
        let isBurst = clients.dice.chance(850)
        schedule.add(.newCommand, after: isBurst ? 0 : clients.dice.number(0...(pause * 13)))
    }

    private func addTransfer() {
        let transfer = clients.nextTransfer()
        let payee = transfer.itinerary.node(at: transfer.plan.lastMoney)
        let command = begin(transfer)
        add(command, after: 0)
        if clients.dice.chance(100) {
            let abandon = Command(
                id: command.id, node: command.node, order: .abandon, fingerprint: .zero)
            add(abandon, after: clients.dice.number(0...(4 * Self.second)))
        }
        if clients.dice.chance(80) {
            let rival = begin(clients.nextTransfer(from: command.node), id: command.id)
            add(rival, after: clients.dice.number(0...(5 * Self.second)))
        }
        if clients.dice.chance(150) {
            let other = (command.node + 1) % nodes.count
            let twin = begin(clients.nextTransfer(from: other, to: payee), id: command.id)
            add(twin, after: clients.dice.number(0...(Self.second / 5)))
        }
        if clients.dice.chance(20) {
            let operation = clients.nextOperation()
            add(
                Command(
                    id: command.id, node: operation.node, order: operation.order,
                    fingerprint: operation.fingerprint), after: 0)
        }
    }

    private func begin(_ transfer: Clients.Transfer, id: SagaID? = nil) -> Command {
        let deadline = nodes[transfer.origin].clock(at: schedule.now) + transfer.time
        let content = Content.encode(
            transfer.itinerary, deadline: deadline, reference: "\(clients.commands.count)",
            for: Bank.self)
        truth.plan(transfer.plan, for: content.hash)
        return clients.command(.begin(content), at: transfer.origin, id: id)
    }

    private func add(_ command: Command, after delay: Int64) {
        schedule.add(.send(command: clients.add(command)), after: delay)
    }

    /// Sends a command, and looks again whether it was answered.
    func send(_ index: Int) {
        let command = clients.commands[index]
        guard !command.isAnswered || command.repeats > 0 else { return }
        schedule.add(
            .send(command: index), after: dice.number(Self.second...(4 * Self.second)))
        let node = nodes[command.node]
        guard let session = node.session, !dice.chance(faults.requestLost) else { return }
        session.inputs.append(command.input(Ticket(UInt64(index) + 1)))
        if dice.chance(50) { session.inputs.append(.read({ $0.position }, Ticket(0))) }
        decideSoon(node, session)
    }

    /// A reply has left a node; it may be lost on its way.
    func hear(_ reply: Reply, _ ticket: Ticket, from node: SimulatedNode) throws(Violation) {
        if case .value(let position as Position) = reply {
            return try observe(.saw(node: node.index, position))
        }
        guard ticket.number > 0 else { return }
        try observe(
            .replied(node: node.index, clients.commands[Int(ticket.number) - 1], reply))
        if case .busy = reply { return }
        guard !dice.chance(faults.replyLost), let command = clients.answer(ticket) else { return }
        if !command.isAnswered { counts.count(reply, to: command) }
    }

    /// Asks somebody outside about a step. Some think long; asked to stop, they say no.
    func askForConsent(_ step: StepID, _ node: SimulatedNode, stop: Bool) {
        guard !dice.chance(faults.askLost) else { return }
        let isSlow = step.saga.low % 4 < 2
        schedule.add(
            .consent(step, node: node.index, approved: !stop && !isDeclined(step)),
            after: stop || !isSlow
                ? dice.number(10_000...400_000) : dice.number(Self.second...(8 * Self.second)))
    }

    /// Whether who is asked about the step will surely never approve.
    func isDeclined(_ step: StepID) -> Bool { step.saga.low % 4 == 0 }

    func answer(_ step: StepID, _ node: SimulatedNode, approved: Bool) {
        guard let session = node.session, !dice.chance(faults.requestLost) else { return }
        session.inputs.append(.decide(step, approved: approved, Ticket(0)))
        decideSoon(node, session)
    }
}
