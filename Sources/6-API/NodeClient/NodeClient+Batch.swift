public import APIModels
import NIOCore
import StrictJSON

extension NodeClient {
    /// Sends many transfers in one request; the node takes them in their order and answers each.
    ///
    /// From the first `busy` verdict on, all answers are busy, except those of transfers in flight:
    /// the busy ones have to be sent again.
    ///
    /// - Parameters:
    ///   - transfers: In the order in which they are decided.
    ///   - take: Called with each transfer's index and answer, in order, as they come.
    /// - Throws: ``NodeClientError``: what `take` was called with is so; all that it was not called
    ///   with may or may not have been taken in, and can be sent again.
    public func submit(
        _ transfers: [TransferRequest], take: (Int, CommandAnswer) -> Void
    ) async throws(NodeClientError) {
        var next = 0
        try await exchange.stream(
            "/v1/transfers/batch", TransferLines(transfers)
        ) { line throws(NodeClientError) in
            guard next < transfers.count,
                let answer = try? JSONLine.value(line, as: CommandAnswer.self),
                answer.id == nil || answer.id == transfers[next].id
            else { throw .notUnderstood }
            take(next, answer)
            next += 1
        }
        guard next == transfers.count else {
            throw NodeClientError(
                .cut, "The node stopped answering; send what has no answer again.")
        }
    }
}

/// Transfers as NDJSON, made piece by piece while they are sent.
private struct TransferLines: AsyncSequence, Sendable {
    static let linesPerPiece = 100

    private let transfers: [TransferRequest]

    init(_ transfers: [TransferRequest]) {
        self.transfers = transfers
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(rest: transfers[...])
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var rest: ArraySlice<TransferRequest>

        mutating func next() async -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            let piece = rest.prefix(TransferLines.linesPerPiece)
            rest = rest.dropFirst(piece.count)
            var buffer = ByteBuffer()
            for transfer in piece {
                buffer.writeBytes(JSONLine.bytes(of: transfer))
                buffer.writeInteger(JSONLine.end)
            }
            return buffer
        }
    }
}
