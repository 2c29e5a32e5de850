import Backoff
import EventLog
import Foundation
package import Logging
import MessageBus
import Saga

/// The failures of one piece of work since it last succeeded: how long to pause before the next
/// try, and whether to write a line about it. No clock, no waiting, no log: see ``Retrier``.
///
/// Pauses double up to a limit. Lines grow rarer: one at the first failure, one for each new kind
/// of it, then after 2, 4, 8 … seconds, at last every ten minutes. Only success sets both back.
struct FailureSeries: Sendable {
    /// What follows from one failure.
    struct Answer: Equatable {
        let pause: Duration
        /// `nil`: it was said lately.
        let line: Line?
    }

    enum Line: Equatable {
        /// May be over at the next try, as when a broker is restarted: worth a note.
        case note
        /// Lasts, or does not pass by itself.
        case warning
    }

    private static let lineGaps = Backoff(from: .seconds(2), upTo: .seconds(600))
    /// More kinds than that are no news.
    private static let kindsMax = 8

    private var pauses: Backoff
    private var lineGaps = FailureSeries.lineGaps
    private var lineDue = Duration.zero
    private var kinds: Set<String> = []
    private var began = Duration.zero

    /// How often it has failed since it last succeeded.
    private(set) var failures = 0

    init(_ pauses: Backoff) { self.pauses = pauses }

    /// - Parameters:
    ///   - kind: Failures of one kind differ in details only.
    ///   - passes: Whether it may pass by itself.
    ///   - now: Time since the machine started.
    mutating func fail(kind: String, passes: Bool, at now: Duration) -> Answer {
        failures += 1
        if failures == 1 {
            began = now
            lineDue = now + lineGaps.next()
        }
        return Answer(pause: pauses.next(), line: line(kind, passes, now))
    }

    mutating func succeed() {
        pauses.reset()
        self = FailureSeries(pauses)
    }

    private mutating func line(_ kind: String, _ passes: Bool, _ now: Duration) -> Line? {
        let isNew = kinds.count < Self.kindsMax && kinds.insert(kind).inserted
        if now >= lineDue {
            lineDue = now + lineGaps.next()
        } else if !isNew {
            return nil
        }
        return passes && now - began < Self.lineGaps.first ? .note : .warning
    }
}

/// Pauses between the tries of work that fails, and says so in the log: at the first failure and
/// then ever more rarely, with the number of failures and since when; once when it works again.
///
/// Belongs to the task that does the work.
package struct Retrier: Sendable {
    private let failed: Logger.Message
    private let recovered: Logger.Message?
    private let logger: Logger
    private let clock: NodeClock
    private var series: FailureSeries

    /// When the first failure since the last success was; `nil`: the work succeeds.
    private(set) var failingSince: Timestamp?

    /// - Parameters:
    ///   - failed: Static text: what does not work; ends in "; retrying".
    ///   - recovered: Static text: that it works again; `nil` where another line says so.
    package init(
        _ settings: NodeSettings, _ clock: NodeClock, _ logger: Logger,
        failed: Logger.Message, recovered: Logger.Message?
    ) {
        self.failed = failed
        self.recovered = recovered
        self.logger = logger
        self.clock = clock
        series = FailureSeries(
            Backoff(from: settings.restartPauseFirst, upTo: settings.restartPauseMax))
    }

    /// Logs the failure if a line is due, and waits until the next try.
    ///
    /// - Throws: `CancellationError`.
    mutating func pause(after error: any Error, _ metadata: Logger.Metadata = [:]) async throws {
        try await clock.sleep(note(error, metadata))
    }

    /// Logs the failure if a line is due.
    ///
    /// - Returns: How long to wait until the next try.
    package mutating func note(_ error: any Error, _ metadata: Logger.Metadata = [:]) -> Duration {
        let since = failingSince ?? clock.now()
        failingSince = since
        let answer = series.fail(
            kind: error.retryKind, passes: error.mayPass, at: clock.sinceBoot())
        if let line = answer.line {
            var metadata = metadata
            metadata["error"] = "\(error)"
            metadata["since"] = "\(since.inWords)"
            metadata["failures"] = "\(series.failures)"
            logger.log(level: line == .note ? .info : .warning, failed, metadata: metadata)
        }
        return answer.pause
    }

    /// The work was done: the next failure is a first one.
    mutating func succeed() {
        guard let since = failingSince else { return }
        if let recovered {
            logger.info(
                recovered,
                metadata: ["since": "\(since.inWords)", "failures": "\(series.failures)"])
        }
        failingSince = nil
        series.succeed()
    }
}

extension Error {
    fileprivate var retryKind: String {
        switch self {
        case let error as BusError: "bus \(error.code)"
        case let error as LogError: "log \(error.code)"
        default: "\(type(of: self))"
        }
    }

    /// May be over at the next try, without a person.
    fileprivate var mayPass: Bool {
        self is ProofMissing || (self as? BusError)?.isRetryable ?? false
    }
}

extension Timestamp {
    /// ISO 8601, as log lines say since when something lasts.
    package var inWords: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }
}
