import CLibpq
import DequeModule
import Foundation
import Logging

/// A connection's life, on the one thread that touches libpq's connection.
///
/// Never leaves that thread, so it needs no lock; what others need goes through the mailbox.
final class Session {
    struct InFlight {
        let request: Request
        /// A PREPARE goes before the statement, and its result comes first.
        var isPreparing: Bool
        var outcome: Result<Rows?, PostgresError> = .success(nil)
    }

    /// The server was asked to stop the statement in flight, and has not done it yet.
    struct Stopping {
        let since: ContinuousClock.Instant
        var askedAt: ContinuousClock.Instant?
    }

    static let cancelAgainMilliseconds: Int32 = 250
    static let stoppingMax = Duration.seconds(5)

    let connection: OpaquePointer
    let mailbox: Mailbox
    let logger: Logger
    var waiting: Deque<Request> = []
    /// Sent, oldest first; results come in this order.
    var inFlight: Deque<InFlight> = []
    /// What must have the connection to itself, since libpq pipelines neither scripts nor COPY.
    var exclusive: InFlight?
    var isCopying = false
    var prepared: Set<String> = []
    /// Tells this connection's statements from those of all others.
    let ownName = String(UInt64.random(in: .min ... .max), radix: 36)
    var stopping: Stopping?
    let stopRequests = StopRequests()

    init(_ connection: OpaquePointer, mailbox: Mailbox, logger: Logger) {
        self.connection = connection
        self.mailbox = mailbox
        self.logger = logger
    }

    static func run(_ mailbox: Mailbox, _ options: ConnectionOptions) {
        let notices = NoticeLog(options.logger)
        // Kept alive by this frame until the connection, which holds it unretained, is gone.
        withExtendedLifetime(notices) {
            do throws(PostgresError) {
                let connection = try Connecting.connect(mailbox, options, notices)
                let session = Session(connection, mailbox: mailbox, logger: options.logger)
                mailbox.isOpen()
                let end = session.serve()
                PQfinish(connection)
                session.answerAll(end)
                options.logger.debug(
                    "A connection to PostgreSQL has ended", metadata: ["reason": "\(end)"])
                mailbox.end(end)
            } catch {
                for request in mailbox.take().requests { request.answer(.failure(error)) }
                mailbox.end(error)
            }
        }
    }

    /// Serves until the connection is closed or breaks; returns why it ended.
    private func serve() -> PostgresError {
        do throws(PostgresError) {
            guard PQenterPipelineMode(connection) == 1 else { throw lost() }
            while true {
                let taken = mailbox.take()
                waiting += taken.requests
                guard !taken.isAborted else { return .closed }
                try sendWaiting()
                let isFlushed = try flush()
                try cancelWhereAsked()
                if taken.isClosing, waiting.isEmpty, inFlight.isEmpty, exclusive == nil {
                    return .closed
                }
                let isReadable = wait(isFlushed: isFlushed)
                let isAlive = !isReadable || PQconsumeInput(connection) == 1
                // Also when it broke: what came before the end is still in libpq's buffer.
                try receive()
                takeNotifications()
                guard isAlive, PQstatus(connection) == CONNECTION_OK else { throw lost() }
            }
        } catch {
            return error
        }
    }

    /// - Returns: Whether nothing is left to send.
    private func flush() throws(PostgresError) -> Bool {
        switch PQflush(connection) {
        case 0: return true
        case 1: return false
        default: throw lost()
        }
    }

    /// Waits until the socket or a caller has something, or it is time to ask once more that the
    /// server stop a statement.
    ///
    /// - Returns: Whether the socket can be read.
    private func wait(isFlushed: Bool) -> Bool {
        let isFull = isCopying && copyBuffer?.isFull == true
        var wanted: Int16 = 0
        if !isFull { wanted |= Int16(POLLIN) }
        if !isFlushed { wanted |= Int16(POLLOUT) }
        var descriptors = [
            pollfd(fd: mailbox.pipe.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: PQsocket(connection), events: wanted, revents: 0),
        ]
        // A reader that is slow must not make a broken connection spin: then only the pipe counts.
        let count: nfds_t = wanted == 0 ? 1 : 2
        let timeout = stopping == nil ? -1 : Self.cancelAgainMilliseconds
        while poll(&descriptors, count, timeout) < 0 && errno == EINTR {}
        if descriptors[0].revents != 0 { mailbox.pipe.drain() }
        return descriptors[1].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0
    }

    private func takeNotifications() {
        while let notification = PQnotifies(connection) {
            defer { PQfreemem(notification) }
            let (channel, payload) = (notification.pointee.relname, notification.pointee.extra)
            guard let channel, let payload else { continue }
            mailbox.notify(String(cString: channel), String(cString: payload))
        }
    }

    var copyBuffer: CopyBuffer? {
        if case .copyOut(_, let buffer) = exclusive?.request.work { buffer } else { nil }
    }

    func lost() -> PostgresError {
        let reason = String(cString: PQerrorMessage(connection))
        return PostgresError(
            .connectionLost, "The connection to PostgreSQL broke; nothing was sent.",
            detail: reason)
    }

    /// Answers a request that this session took.
    func answer(_ request: Request, _ result: Result<Rows?, PostgresError>) {
        mailbox.answered()
        request.answer(result)
    }

    /// At the end: what was sent may have happened, what waits has not.
    private func answerAll(_ end: PostgresError) {
        for sent in inFlight + [exclusive].compactMap(\.self) {
            guard !sent.request.isUnwanted else {
                answer(sent.request, .failure(.cancelled))
                continue
            }
            var detail = end.detail
            if case .failure(let refusal) = sent.outcome { detail = refusal.debugDescription }
            answer(
                sent.request,
                .failure(
                    PostgresError(
                        .outcomeUnknown,
                        """
                        The connection to PostgreSQL ended before the answer came: what was \
                        asked may or may not have happened.
                        """,
                        detail: detail)))
        }
        for request in waiting { answer(request, .failure(end)) }
    }
}

/// Where the server's notices go.
///
/// Their words may quote values of statements, so only `trace`, which is off in production, shows
/// them.
final class NoticeLog {
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    func log(_ result: OpaquePointer?) {
        guard let result else { return }
        let notice = PostgresError(result: result)
        // The severity (field `V`) in English, whatever language the server speaks.
        let severity = PQresultErrorField(result, 0x56).map { String(cString: $0) } ?? ""
        let state = notice.sqlState?.code ?? ""
        logger.debug(
            "PostgreSQL gave notice", metadata: ["severity": "\(severity)", "sqlState": "\(state)"])
        logger.trace(
            "PostgreSQL says", metadata: ["notice": "\(notice.detail ?? notice.description)"])
    }
}
