import APIModels
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
    @Sendable func beginTransfer(_ request: Request, _ context: Context) async throws -> Response {
        let wait = try request.wait
        let transfer = try TransferRequest(json: try await request.json(context))
        let begin = try transfer.begin(
            at: bank.served.name, by: context.principal(), receipt: bank.served.clock.now())
        let verdict = try await bank.served.command { .begin(begin, $0) }
        let state = try await state(of: transfer, verdict, wait)
        return .answer(CommandAnswer(id: transfer.id, verdict, state: state))
    }

    /// How a transfer stands that was just answered; `nil` where it is none, or not this one.
    private func state(
        of transfer: TransferRequest, _ verdict: CommandAnswer.Verdict, _ wait: Duration?
    ) async throws -> TransferState? {
        switch verdict {
        case .applied where transfer.route.count == 1: .settled
        // Held, as the verdict says: looking again would only cost time.
        case .applied where wait == nil: .pending
        // Held too, where the node cannot look again: an error would say that nothing was recorded.
        case .applied:
            (try? await bank.served.state(of: transfer.id, waitingUpTo: wait)) ?? .pending
        case .duplicate: try await stateOfRecorded(transfer.id, wait)
        case .refused(let refusal): .refused(refusal)
        case .conflict, .invalid, .busy: nil
        }
    }

    /// - Throws: ``NodeError`` `.interrupted` where the node cannot look: the other codes say that
    ///   nothing was recorded, and of this transfer something was.
    private func stateOfRecorded(
        _ id: CommandID, _ wait: Duration?
    ) async throws -> TransferState {
        do {
            return try await bank.served.state(of: id, waitingUpTo: wait)
        } catch is NodeError {
            throw NodeError(.interrupted)
        }
    }

    @Sendable func transfer(_ request: Request, _ context: Context) async throws -> Response {
        let report = try await bank.report(of: context.transfer, content: request.content)
        guard let report else {
            throw Problem.unknownTransfer
        }
        return .json(report)
    }

    @Sendable func abandonTransfer(_: Request, _ context: Context) async throws -> Response {
        let id = try context.transfer
        let principal = try context.principal()
        _ = try await bank.node.submit { .abandon(id, by: principal, $0) }.answer()
        let state = try await bank.served.state(of: id, waitingUpTo: nil)
        return .json(
            IdentifiedState(id: id, state: state), status: state.isFinal ? .ok : .accepted)
    }

    /// Many states at once: a line with an `id` each.
    @Sendable func transferStates(
        _ request: Request, _ context: Context
    ) async throws -> Response {
        try request.requireType(MediaType.lines)
        // Said to be too long: not a byte of it is read.
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= RequestLimits.questionBytesMax else { throw Problem.bodyTooLarge }
        request.announceBody(context)
        var splitter = LineSplitter(bytesMax: Self.stateLineBytesMax)
        var ids: [CommandID] = []
        func add(_ line: LineSplitter.Line) throws {
            guard ids.count < RequestLimits.statesMax else {
                throw Problem.tooManyLines(RequestLimits.statesMax)
            }
            guard !line.isCut else { throw InvalidRequest.lineTooLong }
            var fields = try RequestFields(json: line.bytes)
            ids.append(try CommandID(field: fields.string("id")))
            try fields.end()
        }
        var bytesCount = 0
        for try await buffer in request.body {
            bytesCount += buffer.readableBytes
            guard bytesCount <= RequestLimits.questionBytesMax else { throw Problem.bodyTooLarge }
            for line in splitter.take(Array(buffer.readableBytesView)) { try add(line) }
        }
        if let line = splitter.end() { try add(line) }
        try context.checkAgain()
        let states = try await bank.served.states(of: ids)
        return Response(
            status: .ok, headers: [.contentType: MediaType.lines],
            body: .init(byteBuffer: ByteBuffer(lines: zip(ids, states).map(IdentifiedState.init))))
    }

    private static var stateLineBytesMax: Int { 256 }
}

/// In JSON: the state's fields beside `id`.
private struct IdentifiedState: Encodable {
    private enum Key: String, CodingKey {
        case id
    }

    let id: CommandID
    let state: TransferState

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id, forKey: .id)
        try state.encode(to: encoder)
    }
}
