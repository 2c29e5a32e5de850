import APIModels
import Backoff
import Deployment
import DequeModule
import NodeClient
import Saga

/// Sends one bank's lines in the order of the file, some at a time, and follows each to its end.
struct BankSubmission {
    /// Lines in one request.
    static let linesPerRequest = 100
    /// How many transfers are asked for in one look.
    private static let statesPerLook = 2_000

    private let lines: [Int32]
    private let file: TransfersFile
    private let client: NodeClient
    private let keeper: Submission.Keeper
    private var order = SubmissionOrder()
    private var requests: [Int: TransferRequest] = [:]
    /// How many of ``lines`` were read.
    private var read = 0
    private var waiting: Waiting
    /// Lines whose transfers are held, by UUID; and their UUIDs, the next to be asked for first.
    private var undecided: [CommandID: [Int32]] = [:]
    private var asking: Deque<CommandID> = []
    /// What kept the last request from being answered.
    private var lastError: NodeClientError?

    init(
        _ lines: [Int32], of file: TransfersFile, to client: NodeClient, patience: Duration,
        keeper: Submission.Keeper
    ) {
        (self.lines, self.file, self.client, self.keeper) = (lines, file, client, keeper)
        waiting = Waiting(patience)
    }

    /// - Returns: Why it ended before all lines were decided; `nil` also where it was to stop.
    mutating func run() async -> String? {
        while !Task.isCancelled {
            do {
                try refill()
            } catch {
                return "\(error)"
            }
            let isAnswered = keeper.isStopping ? false : await send()
            let isDecided = await follow()
            keeper.report()
            let isIdle = keeper.isStopping || (order.waiting.isEmpty && read == lines.count)
            if isIdle && undecided.isEmpty { return nil }
            if let fault = lastError, !fault.isRetryable, fault.code != .cancelled {
                return fault.text
            }
            guard await waiting.go(on: isAnswered || isDecided, isIdle: isIdle) else {
                return "Nothing has moved for \(waiting.patience). \(cause)"
            }
        }
        return nil
    }

    private var cause: String {
        switch lastError?.code {
        case nil: "See with: giro doctor."
        case .cancelled: "It does not answer."
        default: lastError?.text ?? ""
        }
    }

    private mutating func refill() throws {
        while order.hasRoom, read < lines.count {
            let index = Int(lines[read])
            guard case .success(let request) = try file.line(index).request,
                request.id == file.id(of: index)
            else {
                throw Failure(.unavailable, "\(file.input.name) was changed while it was read.")
            }
            requests[index] = request
            order.add(.init(index: index, id: request.id))
            read += 1
        }
    }

    /// Sends the next lines.
    ///
    /// - Returns: Whether any was answered.
    private mutating func send() async -> Bool {
        let batch = order.next(atMost: Self.linesPerRequest)
        guard !batch.isEmpty else { return false }
        keeper.send(batch)
        let (answers, error) = await client.verdicts(
            on: batch.compactMap { requests[$0.index] }, within: waiting.patience)
        lastError = error
        var lost: [SubmissionOrder.Line] = []
        for (line, answer) in zip(batch, answers) {
            if let answer {
                await take(answer, for: line)
            } else {
                lost.append(line)
            }
        }
        if error == nil { for line in lost { order.putBehind(line) } }
        if error?.isUnsent ?? false {
            keeper.unsend(lost.filter { !order.wasSentBefore($0) })
        } else {
            for line in lost { order.lostAnswer(to: line) }
        }
        return lost.count < batch.count
    }

    private mutating func take(
        _ answer: CommandAnswer.Verdict, for line: SubmissionOrder.Line
    ) async {
        let verdict = order.take(answer, for: line)
        let request = requests.removeValue(forKey: line.index)
        keeper.note(verdict, for: line.index)
        switch verdict {
        case .applied, .duplicate(of: .applied):
            if undecided[line.id] == nil { asking.append(line.id) }
            undecided[line.id, default: []].append(Int32(line.index))
        case .conflict:
            if let request, let detail = await client.difference(of: request) {
                keeper.explain(detail, for: line.index)
            }
        case .invalid(let invalid): keeper.explain(invalid.detail, for: line.index)
        case .duplicate, .refused, .busy: break
        }
    }

    /// Asks how transfers stand that are held.
    ///
    /// - Returns: Whether any was decided.
    private mutating func follow() async -> Bool {
        guard !asking.isEmpty else { return false }
        let ids = Array(asking.prefix(Self.statesPerLook))
        let states: [TransferState]
        do throws(NodeClientError) {
            states = try await client.states(of: ids)
        } catch {
            // The bank is away for a moment: the request is retried.
            lastError = error
            return false
        }
        asking.removeFirst(ids.count)
        for (id, state) in zip(ids, states) {
            guard state.isFinal, let decided = undecided.removeValue(forKey: id) else {
                asking.append(id)
                continue
            }
            keeper.note(state, for: decided)
        }
        return states.contains(where: \.isFinal)
    }
}

extension NodeClientError {
    /// Nothing of the request was taken in.
    fileprivate var isUnsent: Bool {
        switch code {
        case .unreachable, .forbidden, .rejected: true
        case .cut, .unavailable, .notUnderstood, .cancelled: false
        }
    }
}

/// How long to wait between two requests, and when to give up.
private struct Waiting {
    let patience: Duration
    private var lastProgress = ContinuousClock.now
    private var pauses = Backoff(from: .milliseconds(5), upTo: .milliseconds(250))

    init(_ patience: Duration) {
        self.patience = patience
    }

    /// - Parameters:
    ///   - progress: Something moved since the last call.
    ///   - isIdle: There is nothing left to send: only waiting helps.
    /// - Returns: `false` when nothing has moved for as long as patience lasts.
    mutating func go(on progress: Bool, isIdle: Bool) async -> Bool {
        if progress {
            lastProgress = .now
            pauses.reset()
            if !isIdle { return true }
        } else if lastProgress.duration(to: .now) > patience {
            return false
        }
        // Cancelled, it returns at once, and the caller looks at that.
        try? await Task.sleep(for: pauses.next())
        return true
    }
}
