public import CoreMetrics
import Synchronization

/// Keeps what swift-metrics counts and writes it as Prometheus' text, version 0.0.4.
///
/// Timers are histograms in seconds, recorders that aggregate are histograms, everything else that
/// is not a counter is a gauge. A name permanently keeps the kind that it was first used with.
/// Instruments of one name and labels share one series; they are never dropped. Any thread may
/// call.
public final class PrometheusRegistry: MetricsFactory {
    private struct Contents {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var bounds: [String: [Double]] = [:]
    }

    /// What scrapers ask for in Accept, and get as Content-Type.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// Seconds: from a commit in memory to a client that waits.
    public static let standardBounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    /// More series of one name are all counted as one, so that no client's input can fill the
    /// memory.
    static let seriesMax = 2_000

    private let contents = Mutex(Contents())

    /// Starts without instruments.
    public init() {}

    /// Says what a name means.
    ///
    /// - Parameters:
    ///   - name: As in the text that Prometheus reads.
    ///   - help: One sentence for people.
    ///   - bounds: The upper bounds of a histogram's buckets, rising; `nil` for ``standardBounds``.
    ///     Has to be said before the first instrument of the name is made.
    public func describe(_ name: String, _ help: String, bounds: [Double]? = nil) {
        contents.withLock { contents in
            contents.help[name] = help
            contents.bounds[name] = bounds
        }
    }

    /// The series of that name and labels, made at the first call.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { _ in .counter }
    }

    /// As a counter of whole numbers: both write into one series.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions) { _ in .counter }
    }

    /// A gauge: the series of that name and labels, made at the first call.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { _ in .gauge }
    }

    /// A histogram where `aggregate`, else a gauge; a name keeps the kind that it had first.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions) { aggregate ? .histogram($0) : .gauge }
    }

    /// A histogram in seconds, with the bounds that ``describe(_:_:bounds:)`` gave the name.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { .histogram($0) }
    }

    /// Does nothing: series are never dropped.
    public func destroyCounter(_: any CounterHandler) {}
    /// Does nothing: series are never dropped.
    public func destroyFloatingPointCounter(_: any FloatingPointCounterHandler) {}
    /// Does nothing: series are never dropped.
    public func destroyMeter(_: any MeterHandler) {}
    /// Does nothing: series are never dropped.
    public func destroyRecorder(_: any RecorderHandler) {}
    /// Does nothing: series are never dropped.
    public func destroyTimer(_: any TimerHandler) {}

    private func series(
        _ label: String, _ dimensions: [(String, String)], _ kind: ([Double]) -> Family.Kind
    ) -> Series {
        let name = PrometheusText.name(label)
        let labels = dimensions.map { (PrometheusText.labelName($0.0), $0.1) }
            .sorted { $0.0 < $1.0 }
        return contents.withLock { contents in
            let bounds = contents.bounds[name] ?? Self.standardBounds
            var family = contents.families[name] ?? Family(kind: kind(bounds))
            var key = PrometheusText.labels(labels)
            var own = labels
            if family.series[key] == nil, family.series.count >= Self.seriesMax {
                own = [("overflow", "true")]
                key = PrometheusText.labels(own)
            }
            if let known = family.series[key] { return known }
            let series = Series(own, family.kind)
            family.series[key] = series
            contents.families[name] = family
            return series
        }
    }

    /// Everything there is, by name; a page of some ten kilobytes.
    public func text() -> String {
        let (families, help) = contents.withLock { ($0.families, $0.help) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(PrometheusText.help(help[name] ?? name))\n"
            text += "# TYPE \(name) \(family.kind.word)\n"
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) {
                PrometheusText.append(series, of: family.kind, name, to: &text)
            }
        }
        return text
    }
}
