package import APIModels
import Chain
import CoreMetrics
import Node
import Projection
import PrometheusText
import Saga
import Synchronization

/// Metrics for a node's operator. Everything is counted as it happens, but for what the state
/// knows, which is read when the metrics are requested.
package final class NodeMetrics: Sendable {
    let registry = PrometheusRegistry()
    private let commits: Counter
    private let entries: Counter
    private let dropped: Counter
    private let batchInputs: Recorder
    private let batchEntries: Recorder
    private let deciding: Timer
    private let appending: Timer
    private let replying: Timer
    private let published = Mutex(Position.start)
    private let counted: @Sendable (Refusal) -> Refusal

    /// - Parameter participant: Refusals are counted by its reasons and the protocol's.
    init<P: Participant>(for participant: P.Type) {
        counted = { $0.counted(at: P.self) }
        for (name, help) in Self.help { registry.describe(name, help) }
        for (name, help) in Self.sizes { registry.describe(name, help, bounds: Self.sizeBounds) }
        let registry = registry
        commits = Counter(label: "giro_commits_total", factory: registry)
        entries = Counter(label: "giro_entries_total", factory: registry)
        dropped = Counter(label: "giro_records_dropped_total", factory: registry)
        batchInputs = Recorder(label: "giro_batch_inputs", factory: registry)
        batchEntries = Recorder(label: "giro_batch_entries", factory: registry)
        deciding = Timer(label: "giro_decide_seconds", factory: registry)
        appending = Timer(label: "giro_append_seconds", factory: registry)
        replying = Timer(label: "giro_reply_seconds", factory: registry)
        set("giro_build_info", 1, [("version", GiroVersion.current)])
    }

    func record(_ measurement: Measurement) {
        switch measurement {
        case .decided(let inputs, let entries, let took):
            batchInputs.record(inputs)
            if entries > 0 { batchEntries.record(entries) }
            deciding.record(took)
        case .dropped(let records):
            dropped.increment(by: records)
        case .appended(let took):
            appending.record(took)
        case .published(let position):
            published.withLock { $0 = max($0, position) }
        case .sent:
            // A peer that takes nothing is a condition.
            break
        }
    }

    func record<Fact>(_ batch: CommittedBatch<Fact>) {
        commits.increment()
        entries.increment(by: batch.events.count)
    }

    /// A command's answer, and how long it took.
    package func record(_ verdict: CommandAnswer.Verdict, took: Duration? = nil) {
        Counter(
            label: "giro_verdicts_total", dimensions: [("verdict", verdict.word)],
            factory: registry
        ).increment()
        if case .refused(let refusal) = verdict {
            Counter(
                label: "giro_refusals_total",
                dimensions: [("reason", counted(refusal).code)], factory: registry
            ).increment()
        }
        if let took { replying.record(took) }
    }

    func record(route: String, method: String, status: Int, took: Duration) {
        Counter(
            label: "giro_http_requests_total",
            dimensions: [("route", route), ("method", method), ("status", String(status))],
            factory: registry
        ).increment()
        Timer(
            label: "giro_http_request_seconds", dimensions: [("route", route)], factory: registry
        ).record(took)
    }

    package func set(_ name: String, _ value: some BinaryInteger, _ labels: [(String, String)] = [])
    {
        Meter(label: name, dimensions: labels, factory: registry).set(Int64(clamping: value))
    }

    /// Every condition has its series, so that an alert needs no rule for one that is absent.
    func set(_ conditions: [NodeCondition], now: Timestamp) {
        set("giro_ready", conditions.contains(where: \.isBlocking) ? 0 : 1)
        for code in NodeCondition.Code.allCases {
            let since = conditions.filter { $0.code == code }.map(\.since).min()
            let age = since.map { max(0, now.milliseconds - $0.milliseconds) } ?? 0
            let label = [("condition", code.rawValue)]
            set("giro_condition", since == nil ? 0 : 1, label)
            set("giro_condition_seconds", age / 1_000, label)
        }
    }

    /// How many entries are durable and not published.
    func setRelayLag(behind position: Position) {
        let published = published.withLock { $0 }
        set("giro_relay_lag_entries", position.number - min(position.number, published.number))
    }

    private static let sizeBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000]

    private static let sizes = [
        ("giro_batch_inputs", "Inputs decided in one batch."),
        ("giro_batch_entries", "Entries of one commit."),
    ]

    private static let help = [
        ("giro_build_info", "Always 1; the label is the version of the program."),
        ("giro_up", "1 while the node looks at its state in time."),
        ("giro_ready", "1 while nothing keeps the node from being ready, as /readyz says."),
        ("giro_condition", "1 while something is wrong, by what it is."),
        ("giro_condition_seconds", "How long something has been wrong, by what it is."),
        ("giro_position", "The newest entry of the log."),
        ("giro_commits_total", "Commits made durable since the process started."),
        ("giro_entries_total", "Entries made durable since the process started."),
        ("giro_decide_seconds", "Time to decide a batch."),
        ("giro_append_seconds", "Time from a batch's decision until its commit is durable."),
        ("giro_reply_seconds", "Time from a command's arrival to its answer."),
        ("giro_verdicts_total", "Answers to commands since the process started."),
        ("giro_refusals_total", "Commands refused since the process started, by reason."),
        ("giro_sagas_open", "Sagas with a step that is not closed, by the step's state."),
        ("giro_saga_oldest_age_seconds", "Age of the oldest open step, by its state."),
        ("giro_peer_holds", "Open transfers that wait for a peer's word, by peer."),
        ("giro_peer_oldest_hold_age_seconds", "Age of the oldest of them, by peer."),
        ("giro_steps_closed", "Steps closed in the whole log, by outcome and reason."),
        ("giro_statements_position", "The newest entry that is in the statements."),
        ("giro_queue_inputs", "Inputs that wait to be decided."),
        ("giro_quarantine_records", "Entries of peers that are kept as dead letters."),
        ("giro_quarantined", "Dead letters in the whole log, by cause."),
        (
            "giro_records_dropped_total",
            "Records and entries of peers that left no trace since the process started."
        ),
        ("giro_peers_suspended", "Peers of whose logs nothing counts at present."),
        (
            "giro_inbox_lag_records",
            "Records of a peer's topic that are not yet decided, when the topic last answered."
        ),
        ("giro_relay_lag_entries", "Durable entries that are not yet published."),
        ("giro_token_file_usable", "0 while the token file cannot be used, otherwise 1."),
        ("giro_http_requests_total", "Requests answered, by route, method and status."),
        ("giro_http_request_seconds", "Time to the head of a request's answer, by route."),
    ]
}

extension Timer {
    fileprivate func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
