import CLibpq
import Foundation

/// Making a connection, on its thread, within one deadline.
struct Connecting: ~Copyable {
    let mailbox: Mailbox
    let options: ConnectionOptions
    let deadline: ContinuousClock.Instant
    let connection: OpaquePointer

    /// - Returns: A connection in non-blocking mode, which the caller finishes.
    static func connect(
        _ mailbox: Mailbox, _ options: ConnectionOptions, _ notices: NoticeLog
    ) throws(PostgresError) -> OpaquePointer {
        try options.check()
        guard let connection = start(options.parameters) else {
            throw PostgresError(.unreachable, "No memory is left for a connection.")
        }
        let connecting = Connecting(
            mailbox: mailbox, options: options, deadline: .now + options.connectTimeout,
            connection: connection)
        do throws(PostgresError) {
            try connecting.connect(notices)
            // Before anything is set: in a session that is shared it would be set for others too.
            if options.needsOwnSession { try connecting.checkSession(notices) }
            try connecting.prepareSession()
        } catch {
            PQfinish(connection)
            throw error
        }
        return connection
    }

    static func start(_ parameters: [(keyword: String, value: String)]) -> OpaquePointer? {
        let keywords = parameters.map { strdup($0.keyword) }
        let values = parameters.map { strdup($0.value) }
        defer { for text in keywords + values { free(text) } }
        let end = [nil as UnsafePointer<CChar>?]
        return PQconnectStartParams(
            keywords.map { UnsafePointer($0) } + end, values.map { UnsafePointer($0) } + end, 1)
    }

    func connect(_ notices: NoticeLog) throws(PostgresError) {
        // Verbose, since libpq reports a refused login's SQLSTATE in no other way.
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context else { return }
                Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().log(result)
            }, Unmanaged.passUnretained(notices).toOpaque())
        guard PQstatus(connection) != CONNECTION_BAD else { throw failure() }
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED else { throw failure() }
            try wait(for: state == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            state = PQconnectPoll(connection)
        }
        PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
        guard PQsetnonblocking(connection, 1) == 0 else { throw failure() }
    }

    private func prepareSession() throws(PostgresError) {
        if let script = options.sessionScript { try run(script) }
        guard let admission = options.admission else { return }
        let rows = try query(admission.sql)
        let refusal: String?
        do {
            refusal = try admission.refusal(rows)
        } catch {
            throw error as? PostgresError
                ?? PostgresError(.unsuitable, "What the server answered cannot be judged.")
        }
        if let refusal { throw PostgresError(.unsuitable, refusal) }
    }

    /// Runs statements and discards their rows.
    func run(_ script: String) throws(PostgresError) {
        guard PQsendQuery(connection, script) == 1 else { throw failure() }
        _ = try results()
    }

    /// One statement, and its rows in binary.
    func query(_ sql: String) throws(PostgresError) -> Rows {
        guard PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 1) == 1,
            let rows = try results()
        else { throw failure() }
        return rows
    }

    /// The last result of what was sent.
    private func results() throws(PostgresError) -> Rows? {
        var last: Rows?
        var refusal: PostgresError?
        while true {
            while true {
                let unsent = PQflush(connection)
                guard unsent >= 0 else { throw refusal ?? failure() }
                guard unsent > 0 || PQisBusy(connection) == 1 else { break }
                try wait(for: unsent > 0 ? POLLIN | POLLOUT : POLLIN)
                guard PQconsumeInput(connection) == 1 else { throw refusal ?? failure() }
            }
            guard let result = PQgetResult(connection) else {
                if let refusal { throw refusal }
                return last
            }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: last = Rows(owning: result)
            default:
                refusal = refusal ?? PostgresError(result: result)
                PQclear(result)
            }
        }
    }

    private func wait(for events: some BinaryInteger) throws(PostgresError) {
        while true {
            guard !mailbox.isAborted else { throw .closed }
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else {
                throw PostgresError(
                    .unreachable,
                    """
                    PostgreSQL did not answer within \(options.connectTimeout): check its address.
                    """)
            }
            var descriptors = [
                pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0),
                pollfd(fd: mailbox.pipe.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&descriptors, 2, Int32(min(left.rounded(.up), 1_000_000)))
            if descriptors[1].revents != 0 { mailbox.pipe.drain() }
            if descriptors[0].revents != 0 { return }
        }
    }

    private func failure() -> PostgresError {
        PostgresError(
            connecting: String(cString: PQerrorMessage(connection)),
            lacksPassword: PQconnectionNeedsPassword(connection) == 1)
    }
}
