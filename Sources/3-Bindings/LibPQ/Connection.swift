import BlockingIO

/// One session at a PostgreSQL server, on a dedicated thread.
///
/// The thread waits on the socket and does everything libpq does; callers only queue and wait.
/// Statements go out as they come, without waiting for those before them (libpq's pipeline mode),
/// each closed by its own sync, so each is its own transaction and fails alone. Results
/// come in the order of the calls. A connection that breaks stays broken: open another.
///
/// Sessions do not span calls: `BEGIN` belongs in a script together with its `COMMIT`.
public final class Connection: Sendable {
    private let mailbox: Mailbox

    /// Starts to connect; what is asked meanwhile waits for the connection, or fails with it.
    ///
    /// Where no file descriptors are left it has ended already, and all it is asked is
    /// `.unreachable`.
    public init(_ options: ConnectionOptions) {
        let mailbox = Mailbox(requestsMax: options.requestsMax)
        self.mailbox = mailbox
        if let fault = mailbox.pipe.fault {
            mailbox.end(fault)
            return
        }
        BlockingThread.start("giro.postgres") { Session.run(mailbox, options) }
    }

    deinit {
        // An owner that forgot to close leaves no thread behind.
        mailbox.requestEnd(aborting: true)
    }

    /// Connects, and returns when the session is there.
    ///
    /// - Throws: ``PostgresError``: `.unreachable`; `.server`, `.passwordMissing`, `.loginFailed` —
    ///   a refused login; `.unsuitable` — the admission rejects the server.
    public static func open(
        _ options: ConnectionOptions
    ) async throws(PostgresError) -> Connection {
        let connection = Connection(options)
        try await connection.opened()
        return connection
    }

    /// Waits until the session is there; as ``open(_:)``.
    public func opened() async throws(PostgresError) {
        try await mailbox.opened().get()
    }

    /// Whether a statement would still be sent: `false` once broken or closed.
    public var isUsable: Bool { mailbox.isUsable }

    /// Whether nothing of before can hit the next statement: no earlier one's cancellation, and no
    /// error of a kind that may lie in the session itself.
    public var isReusable: Bool { mailbox.isUsable && !mailbox.isTainted }

    /// Runs `statement` as one transaction and waits for its rows.
    ///
    /// - Parameters:
    ///   - statement: The SQL, and the name under which it is prepared.
    ///   - parameters: The values of `$1`, `$2` and so on.
    ///   - rule: What happens when the calling task is cancelled.
    /// - Throws: ``PostgresError``: `.server` — refused, nothing changed; `.outcomeUnknown` — the
    ///   connection broke in between; `.connectionLost`, `.unreachable`, `.overloaded`, `.closed` —
    ///   not sent; `.cancelled` — only under `.cancel`, and under `.leave`, where the statement may
    ///   still happen.
    public func query(
        _ statement: Statement, _ parameters: Parameters = Parameters(),
        onCancellation rule: CancellationRule = .finish
    ) async throws(PostgresError) -> Rows {
        let rows = try await run(.statement(statement, parameters), rule)
        guard let rows else {
            throw PostgresError(.malformedValue, "The statement gave no result.")
        }
        return rows
    }

    /// Hands `statement` over and returns; statements take effect in the order of these calls.
    ///
    /// - Parameters:
    ///   - statement: The SQL, and the name under which it is prepared.
    ///   - parameters: The values of `$1`, `$2` and so on.
    ///   - answer: Called once, on the connection's thread: it must not wait.
    public func start(
        _ statement: Statement, _ parameters: Parameters,
        answer: @escaping @Sendable (Result<Rows, PostgresError>) -> Void
    ) {
        mailbox.submit(
            Request(work: .statement(statement, parameters), cancellation: nil) { result in
                answer(
                    result.flatMap { rows in
                        rows.map { .success($0) }
                            ?? .failure(
                                PostgresError(.malformedValue, "The statement gave no result."))
                    })
            })
    }

    /// Runs several statements, separated by semicolons, as one transaction unless they hold
    /// `BEGIN` and `COMMIT` themselves. Rows are dropped.
    ///
    /// Waits for the statements before it, and those after it wait for it.
    public func execute(
        script: String, onCancellation rule: CancellationRule = .finish
    ) async throws(PostgresError) {
        _ = try await run(.script(script), rule)
    }

    /// Notifications on `channel` from now on: their payloads.
    ///
    /// Bounded by coalescing: who does not keep up gets only the newest, since a notification says
    /// "look", not what there is to see. The stream ends with the connection.
    public func listen(to channel: String) async throws(PostgresError) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingNewest(1))
        mailbox.add(Mailbox.Listener(channel: channel, continuation: continuation))
        try await execute(script: "LISTEN \(SQLText.identifier(channel))")
        return stream
    }

    /// Runs `COPY … TO STDOUT` and lets `body` read its rows as they come.
    ///
    /// Back-pressure: at most `bytesMax` bytes wait here, the rest in the server. When `body`
    /// returns before the end, or throws, or its task is cancelled, the server is asked to stop.
    ///
    /// - Parameters:
    ///   - sql: One `COPY` statement; binary or text, as it says.
    ///   - bytesMax: How many bytes of rows may wait to be read.
    ///   - body: Called once with the rows.
    public func copyOut<Value: Sendable>(
        _ sql: String, bytesMax: Int = 1 << 20, _ body: (CopyRows) async throws -> Value
    ) async throws -> Value {
        let buffer = CopyBuffer(bytesMax: bytesMax)
        let mailbox = mailbox
        mailbox.submit(
            Request(work: .copyOut(sql, buffer), cancellation: nil) { result in
                buffer.finish(result.map { _ in })
            })
        let abandon: @Sendable () -> Void = {
            guard buffer.abandon() else { return }
            mailbox.taint()
            mailbox.pipe.wake()
        }
        defer { abandon() }
        return try await withTaskCancellationHandler {
            try await body(CopyRows(buffer: buffer, pipe: mailbox.pipe))
        } onCancel: {
            abandon()
        }
    }

    /// Waits for the calls in flight, then ends the session. Every later call throws `.closed`.
    ///
    /// Cancelled, it is ``abort()``: a server may never answer.
    public func close() async {
        mailbox.requestEnd(aborting: false)
        await withTaskCancellationHandler {
            await mailbox.ended()
        } onCancel: {
            giveUp()
        }
    }

    /// Ends the session at once; statements in flight are `.outcomeUnknown`.
    public func abort() async {
        giveUp()
        await mailbox.ended()
    }

    /// ``abort()`` without waiting for the thread.
    func giveUp() {
        mailbox.requestEnd(aborting: true)
    }

    private func run(
        _ work: Request.Work, _ rule: CancellationRule
    ) async throws(PostgresError) -> Rows? {
        let cancellation = rule == .cancel ? Cancellation() : nil
        let mailbox = mailbox
        let answer = FirstAnswer<Rows?>()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard answer.isAwaited(by: continuation) else { return }
                mailbox.submit(
                    Request(work: work, cancellation: cancellation) { answer.give($0) })
            }
        } onCancel: {
            switch rule {
            case .finish: break
            case .cancel:
                cancellation?.cancel()
                mailbox.pipe.wake()
            case .leave: answer.give(.failure(.cancelled))
            }
        }
        return try result.get()
    }
}

/// The rows of a `COPY … TO STDOUT`, one message each, in the server's order.
///
/// For one reader at a time. In binary format the first row begins with the file's header.
public struct CopyRows: AsyncSequence, AsyncIteratorProtocol {
    fileprivate let buffer: CopyBuffer
    fileprivate let pipe: WakePipe

    /// Itself: there is one reader.
    public func makeAsyncIterator() -> CopyRows { self }

    /// - Throws: ``PostgresError``; `.cancelled` once the task is cancelled.
    public func next() async throws(PostgresError) -> [UInt8]? {
        let (row, madeRoom) = await buffer.pop()
        if madeRoom { pipe.wake() }
        return try row.get()
    }
}
