import BlockingIO
import CLibpq
import DequeModule
import Foundation
import Synchronization

extension Session {
    /// Sends what waits, in order, as far as it can go now.
    func sendWaiting() throws(PostgresError) {
        var sent = 0
        defer { waiting.removeFirst(sent) }
        while sent < waiting.count, exclusive == nil {
            let request = waiting[sent]
            if request.isUnwanted {
                sent += 1
                answer(request, .failure(.cancelled))
                continue
            }
            guard request.work.isPipelined || inFlight.isEmpty else { return }
            sent += 1
            try send(request)
        }
    }

    private func send(_ request: Request) throws(PostgresError) {
        switch request.work {
        case .statement(let statement, let parameters):
            let isPreparing = !prepared.contains(statement.name)
            // Noted before a byte is sent: from here on the outcome may be unknown.
            inFlight.append(InFlight(request: request, isPreparing: isPreparing))
            if isPreparing { try prepare(statement, parameters) }
            try execute(statement, parameters)
            // Its own sync: its own transaction, and its failure ends with it.
            guard PQpipelineSync(connection) == 1 else { throw lost() }
        case .script(let sql), .copyOut(let sql, _):
            exclusive = InFlight(request: request, isPreparing: false)
            guard PQexitPipelineMode(connection) == 1, PQsendQuery(connection, sql) == 1 else {
                throw lost()
            }
        }
    }

    private func prepare(
        _ statement: Statement, _ parameters: Parameters
    ) throws(PostgresError) {
        prepared.insert(statement.name)
        let sent = PQsendPrepare(
            connection, name(of: statement), statement.sql, Int32(parameters.count),
            parameters.types)
        guard sent == 1 else { throw lost() }
    }

    /// What the server knows the statement by: a name that no other connection gives. So a session
    /// that a pooler lends to several has no statement that is taken for another's.
    private func name(of statement: Statement) -> String { "\(ownName)/\(statement.name)" }

    private func execute(
        _ statement: Statement, _ parameters: Parameters
    ) throws(PostgresError) {
        let lengths = parameters.ranges.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: parameters.count)
        let sent = parameters.bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // An empty block may have no address, and libpq takes a null pointer for NULL.
                withUnsafePointer(to: 0 as CChar) { empty in
                    let values = parameters.ranges.map { range -> UnsafePointer<CChar>? in
                        guard let range else { return nil }
                        return characters.baseAddress.map { $0 + range.lowerBound } ?? empty
                    }
                    return PQsendQueryPrepared(
                        connection, name(of: statement), Int32(parameters.count), values, lengths,
                        formats, 1)
                }
            }
        }
        guard sent == 1 else { throw lost() }
    }

    /// Asks the server to stop what runs, where its caller has lost interest.
    ///
    /// Only the oldest statement runs, so only it can be stopped; a later one is asked about when
    /// it has become the oldest. A request that overtakes its statement finds nothing to stop, so
    /// it is repeated until the statement has ended. It needs a second connection, which libpq
    /// waits for: so it runs on a dedicated thread.
    ///
    /// - Throws: ``PostgresError`` — the server is silent, and the connection given up.
    func cancelWhereAsked() throws(PostgresError) {
        let running = exclusive ?? inFlight.first
        guard running?.request.isUnwanted == true else { return }
        let now = ContinuousClock.now
        var stopping = stopping ?? Stopping(since: now)
        defer { self.stopping = stopping }
        guard now - stopping.since < Self.stoppingMax else {
            throw PostgresError(
                .connectionLost,
                """
                PostgreSQL did not stop a statement within \(Self.stoppingMax) of being asked: the \
                connection was given up.
                """)
        }
        let pause = Duration.milliseconds(Int(Self.cancelAgainMilliseconds))
        if let askedAt = stopping.askedAt, now - askedAt < pause { return }
        mailbox.taint()
        stopping.askedAt = now
        stopRequests.send(from: connection)
    }
}

/// Requests to stop a statement, one after the other: each is a thread and a connection, which a
/// server that is silent keeps for as long as it is.
final class StopRequests: Sendable {
    private let isUnderWay = Atomic(false)

    func send(from connection: OpaquePointer) {
        guard !isUnderWay.exchange(true, ordering: .acquiringAndReleasing) else { return }
        guard let cancel = PQgetCancel(connection) else {
            isUnderWay.store(false, ordering: .releasing)
            return
        }
        let owned = OwnedCancel(pointer: cancel)
        BlockingThread.start("giro.pg.cancel") {
            owned.send()
            self.isUnderWay.store(false, ordering: .releasing)
        }
    }
}

/// A request to stop a statement; libpq lets any one thread send it.
private struct OwnedCancel: @unchecked Sendable {
    // Owned by the thread that sends it, which frees it: hence @unchecked.
    let pointer: OpaquePointer

    func send() {
        defer { PQfreeCancel(pointer) }
        var reason = [CChar](repeating: 0, count: 256)
        // Where it fails, the statement just runs to its end.
        _ = PQcancel(pointer, &reason, Int32(reason.count))
    }
}
