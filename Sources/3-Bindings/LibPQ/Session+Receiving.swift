import CLibpq
import DequeModule
import Foundation

extension Session {
    /// Takes what has arrived, without waiting.
    func receive() throws(PostgresError) {
        if exclusive != nil {
            try receiveExclusive()
        } else {
            try receivePipelined()
        }
    }

    /// A statement's results are: one for PREPARE if it was sent, one for the statement, and the
    /// sync. Only the sync says that its transaction is committed.
    private func receivePipelined() throws(PostgresError) {
        var endedCommands = 0
        while !inFlight.isEmpty, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                // One null ends a command; a second one says that nothing more is there.
                endedCommands += 1
                if endedCommands == 2 { return }
                continue
            }
            endedCommands = 0
            if PQresultStatus(result) == PGRES_PIPELINE_SYNC {
                PQclear(result)
                let ended = inFlight.removeFirst()
                stopping = nil
                answer(ended.request, ended.outcome)
            } else {
                let isDoubtful = inFlight[0].isPreparing && PostgresError.isLost(result)
                inFlight[0].take(result, prepared: &prepared)
                if inFlight[0].leavesSessionInDoubt { mailbox.taint() }
                // It is unknown whether the statement is prepared by now: use another connection.
                if isDoubtful { throw lost() }
            }
        }
    }

    private func receiveExclusive() throws(PostgresError) {
        while exclusive != nil {
            if isCopying {
                guard try receiveRows() else { return }
            }
            guard PQisBusy(connection) == 0 else { return }
            guard let result = PQgetResult(connection) else { return try endExclusive() }
            switch PQresultStatus(result) {
            case PGRES_COPY_OUT where copyBuffer != nil:
                PQclear(result)
                isCopying = true
            case PGRES_COPY_OUT, PGRES_COPY_IN, PGRES_COPY_BOTH:
                PQclear(result)
                // The session cannot continue after a COPY that was not requested.
                throw lost()
            default:
                exclusive?.take(result, prepared: &prepared)
                if exclusive?.leavesSessionInDoubt == true { mailbox.taint() }
            }
        }
    }

    /// - Returns: Whether the COPY's rows are all there.
    private func receiveRows() throws(PostgresError) -> Bool {
        guard let buffer = copyBuffer else { return true }
        while !buffer.isFull {
            var row: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(connection, &row, 1)
            guard count > 0, let row else {
                if count == 0 { return false }
                isCopying = false
                return true
            }
            defer { PQfreemem(row) }
            buffer.push([UInt8](UnsafeRawBufferPointer(start: row, count: Int(count))))
        }
        return false
    }

    private func endExclusive() throws(PostgresError) {
        guard PQstatus(connection) == CONNECTION_OK, let ended = exclusive else { throw lost() }
        exclusive = nil
        stopping = nil
        answer(ended.request, ended.outcome)
        guard PQenterPipelineMode(connection) == 1 else { throw lost() }
    }
}

extension Session.InFlight {
    fileprivate var leavesSessionInDoubt: Bool {
        guard case .failure(let error) = outcome else { return false }
        return error.sqlState?.leavesSessionInDoubt == true
    }

    /// Takes a result that is not a sync, and owns it.
    fileprivate mutating func take(_ result: OpaquePointer, prepared: inout Set<String>) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            if isPreparing {
                isPreparing = false
                PQclear(result)
            } else if case .success = outcome {
                outcome = .success(Rows(owning: result))
            } else {
                PQclear(result)
            }
        case PGRES_PIPELINE_ABORTED:
            // What follows a failed PREPARE; the failure itself came before.
            PQclear(result)
        default:
            defer { PQclear(result) }
            if isPreparing, case .statement(let statement, _) = request.work {
                prepared.remove(statement.name)
            }
            guard case .success = outcome else { return }
            let error = PostgresError(result: result)
            let isWanted = request.cancellation?.isCancelled != true
            outcome = .failure(
                error.sqlState == .queryCanceled && !isWanted ? .cancelled : error)
        }
    }
}
