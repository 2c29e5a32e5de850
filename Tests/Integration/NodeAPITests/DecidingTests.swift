import APIModels
import Approval
import ApprovalWire
import Chain
import Engine
import EventLog
import HTTPServer
import HistoryFile
import MessageBus
import Node
import Saga
import ServiceLifecycle
import Synchronization
import TestKit
import Testing
import Wire

/// A step that is decided from outside: the node's kind receives the question, and answers it.
struct DecidingTests {
    @Test(
        "A question reaches the node's kind, and its answer closes the step",
        arguments: [true, false])
    func answers(_ approved: Bool) async throws {
        try await Approver.running { approver in
            let step = try await approver.begin(for: .seconds(600))
            try await eventually("the question is asked") {
                approver.asked.has(step, stop: false)
            }
            let open = try await approver.served.node.read { $0.participant.questions[step] }
            #expect(open == Approval.Question(subject: "May it leave?"))

            let first = try await approver.decide(step, approved)
            #expect(first == .applied)
            let state = try await approver.served.state(of: step.saga.command, waitingUpTo: nil)
            #expect(state == (approved ? .settled : .rolledBack(.declined)))
            #expect(try await approver.served.node.read { $0.participant.questions }.isEmpty)

            // The same answer again is harmless; another one comes too late.
            let again = try await approver.decide(step, approved)
            #expect(again == .duplicate(of: .applied))
            #expect(try await approver.decide(step, !approved) == .conflict)
        }
    }

    @Test("After the deadline the kind is asked to stop, and the step stays until it answers")
    func stopping() async throws {
        try await Approver.running { approver in
            let step = try await approver.begin(for: .milliseconds(300))
            try await eventually("the kind is asked to stop") {
                approver.asked.has(step, stop: true)
            }
            #expect(try await approver.served.node.read { $0.stepState(step) } == .deciding)
            #expect(try await approver.decide(step, false) == .applied)
        }
    }

    @Test("An answer about a step that the node does not know is rejected")
    func unknown() async throws {
        try await Approver.running { approver in
            let saga = SagaID(try #require(CommandID(.fresh())), contentHash: .zero)
            let reply = try await approver.served.node.decide(
                StepID(saga: saga, number: 0), approved: true, by: Cast.grace)
            guard case .unknownSaga = reply else { throw Unexpected() }
        }
    }
}

/// A node that takes part in sagas by approving.
private struct Approver: Sendable {
    let served: ServedNode<Approval>
    let asked: Asked

    static func running(_ body: @Sendable (Approver) async throws -> Void) async throws {
        let name = try #require(NodeName("approver"))
        let bus = InMemoryMessageBus()
        try await bus.create(Topic.all(of: name, peers: []))
        var parts = Node<Approval>.Parts(
            configuration: .init(node: name, peers: []), participant: Approval(),
            log: InMemoryEventLog(), history: HistoryFile(inMemory: []), bus: bus,
            key: SigningKey(), peerKeys: [:], peersAddedBy: Cast.ada, logger: .quiet)
        parts.settings.tick = .milliseconds(10)
        parts.settings.inboxWait = .milliseconds(100)
        parts.configuration.limits.retryFirst = .milliseconds(50)
        let asked = Asked()
        let served = ServedNode(
            parts,
            ask: { step, stop in asked.note(step, stop: stop) })
        let approver = Approver(served: served, asked: asked)
        let group = ServiceGroup(services: [served.node], logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the node is ready") {
                (try? await served.node.read { _ in () }) != nil ? true : nil
            }
            let result = await Result(catching: { try await body(approver) })
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }

    /// Begins a saga of one step, which asks for an approval.
    func begin(for time: Duration) async throws -> StepID {
        let id = try #require(CommandID(.fresh()))
        let itinerary = Itinerary<ApprovalAction>(steps: [
            .init(node: served.name, actions: [.approve(subject: "May it leave?")])
        ])
        let content = Content.encode(itinerary, reference: "", for: Approval.self)
        let begin = Begin<Approval>(
            id: id, fingerprint: .sha256(of: id.bytes), principal: Cast.ada, content: content,
            deadline: served.clock.now() + time)
        #expect(try await served.command { .begin(begin, $0) } == .applied)
        return StepID(saga: SagaID(id, contentHash: content.hash), number: 0)
    }

    func decide(_ step: StepID, _ approved: Bool) async throws -> Verdict {
        guard
            case .verdict(let verdict) = try await served.node.decide(
                step, approved: approved, by: Cast.grace)
        else { throw Unexpected() }
        return verdict
    }
}

/// What the kind was asked, each once.
private final class Asked: Sendable {
    struct Question: Hashable, Sendable {
        let step: StepID
        let stop: Bool
    }

    private let questions = Mutex<Set<Question>>([])

    func note(_ step: StepID, stop: Bool) {
        questions.withLock { _ = $0.insert(Question(step: step, stop: stop)) }
    }

    /// `nil` before it was.
    func has(_ step: StepID, stop: Bool) -> Bool? {
        questions.withLock { $0.contains(Question(step: step, stop: stop)) } ? true : nil
    }
}
