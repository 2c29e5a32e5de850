import APIModels
import Chain
import Engine
import HTTPServer
import Hummingbird
import Ledger
import LedgerWire
import NIOCore
import Node
import Saga
import StrictJSON
import Wire

extension NodeRouter {
    /// Many transfers, one a line; an answer a line, in the same order, while lines still come in.
    ///
    /// Lines are handed to the node one after the other without waiting for their replies, so that
    /// they share commits. A client has to read while it writes: when ``linesUnderWayMax`` lines
    /// are not answered, or answers are not read, no more lines are. As soon as the node turns a
    /// line away, all that were not yet handed to it are turned away as well.
    ///
    /// The sender is judged again before each line. Once its token was removed or changed, the
    /// lines that came with that one are turned away, with the reason, and the answer ends; lines
    /// handed in before keep their true outcome.
    @Sendable func beginTransfers(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        try request.requireType(MediaType.lines)
        request.announceBody(context)
        let answers = OrderedAnswers(window: Self.linesUnderWayMax)
        return Response(
            status: .ok, headers: [.contentType: MediaType.lines],
            body: ResponseBody { writer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Whatever ends the writing: the reader must not wait for it any more.
                    defer { answers.close() }
                    group.addTask { try await read(request.body, into: answers, context) }
                    while let ready = await answers.take() {
                        try await writer.write(ByteBuffer(lines: ready))
                    }
                    try await group.waitForAll()
                }
                try await writer.finish(nil)
            })
    }

    /// Two commits: one is filled while the other is made durable.
    private static var linesUnderWayMax: Int { 2_000 }

    private func read(
        _ body: RequestBody, into answers: OrderedAnswers, _ context: Context
    ) async throws {
        defer { answers.finish() }
        var splitter = LineSplitter(bytesMax: RequestLimits.lineBytesMax)
        for try await buffer in body {
            let lines = splitter.take(Array(buffer.readableBytesView))
            guard await handle(lines, answers, context) else { return }
        }
        if let line = splitter.end() { _ = await handle([line], answers, context) }
    }

    /// - Returns: `false` once the client takes no more answers, or may send no more lines.
    private func handle(
        _ lines: [LineSplitter.Line], _ answers: OrderedAnswers, _ context: Context
    ) async -> Bool {
        // A line that never ends must not outlive its sender's token.
        if lines.isEmpty { return (try? context.checkAgain()) != nil }
        for (index, line) in lines.enumerated() {
            do throws(Problem) {
                guard try await handle(line, answers, context) else { return false }
            } catch {
                await turnAway(lines[(index + 1)...], answers, error)
                return false
            }
        }
        return true
    }

    private func turnAway(
        _ lines: ArraySlice<LineSplitter.Line>, _ answers: OrderedAnswers, _ problem: Problem
    ) async {
        for line in lines {
            let id = line.isCut ? nil : try? TransferRequest(json: line.bytes).id
            guard let place = await answers.open(for: id) else { return }
            turnAway(id, at: place, answers, problem)
        }
    }

    private func turnAway(
        _ id: CommandID?, at place: OrderedAnswers.Place, _ answers: OrderedAnswers,
        _ problem: Problem
    ) {
        bank.served.metrics.record(.busy)
        let obstacle = CommandAnswer.Obstacle(code: problem.code, detail: problem.detail)
        answers.fill(place.number, with: CommandAnswer(id: id, .busy, obstacle: obstacle))
    }

    /// - Returns: `false` once the client takes no more answers.
    /// - Throws: The sender may send no more lines; this one is answered.
    private func handle(
        _ line: LineSplitter.Line, _ answers: OrderedAnswers, _ context: Context
    ) async throws(Problem) -> Bool {
        let transfer = Result { () throws(InvalidRequest) in
            guard !line.isCut else { throw InvalidRequest.lineTooLong }
            return try TransferRequest(json: line.bytes)
        }
        let id = try? transfer.get().id
        guard let place = await answers.open(for: id) else { return false }
        // It may have waited long for its place: only now is its sender judged.
        let principal: Principal
        do throws(Problem) {
            principal = try context.principal()
        } catch {
            turnAway(id, at: place, answers, error)
            throw error
        }
        do throws(InvalidRequest) {
            let begin = try transfer.get().begin(
                at: bank.served.name, by: principal, receipt: bank.served.clock.now())
            hand(begin, at: place, answers)
        } catch {
            bank.served.metrics.record(.invalid(error))
            answers.fill(place.number, with: CommandAnswer(id: id, .invalid(error)))
        }
        return true
    }

    private func hand(
        _ begin: Begin<Ledger>, at place: OrderedAnswers.Place, _ answers: OrderedAnswers
    ) {
        guard case .open(let number) = place else {
            answers.fill(place.number, with: CommandAnswer(id: begin.id, .busy))
            return
        }
        let (metrics, start) = (bank.served.metrics, ContinuousClock.now)
        bank.node.offer({ .begin(begin, $0) }) { result in
            let verdict = CommandAnswer.Verdict(result)
            metrics.record(verdict, took: .now - start)
            // What waits for one bank is no reason to turn away lines for others.
            let isShareFull = if case .success(.shareFull) = result { true } else { false }
            answers.fill(
                number, with: CommandAnswer(id: begin.id, verdict), turnsAllAway: !isShareFull)
        }
    }
}

extension CommandAnswer.Verdict {
    /// An outcome that is not known is `busy` too: the client has to do the same about it.
    fileprivate init(_ result: Result<Reply, NodeError>) {
        switch result {
        case .success(.verdict(let verdict)): self = verdict.answer
        case .success(.busy), .success(.shareFull), .failure: self = .busy
        case .success(.unknownSaga), .success(.unknownPeer), .success(.timelineNotShown),
            .success(.value):
            preconditionFailure("a command is answered with a verdict")
        }
    }
}
