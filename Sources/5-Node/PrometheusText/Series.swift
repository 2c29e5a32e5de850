import CoreMetrics
import Synchronization

/// One line, or a histogram's lines, of a family: what one set of labels counts.
final class Series: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler,
    TimerHandler
{
    struct Value {
        /// A counter's or a gauge's; of a histogram, the sum.
        var number = 0.0
        /// Of a histogram: how many fell between the bound before and each bound.
        var buckets: [UInt64]
        var count: UInt64 = 0
    }

    let labels: [(String, String)]
    private let kind: Family.Kind
    private let value: Mutex<Value>

    init(_ labels: [(String, String)], _ kind: Family.Kind) {
        self.labels = labels
        self.kind = kind
        value = Mutex(Value(buckets: Array(repeating: 0, count: kind.bounds.count)))
    }

    var current: Value { value.withLock { $0 } }

    func increment(by amount: Int64) { value.withLock { $0.number += Double(amount) } }
    func increment(by amount: Double) { value.withLock { $0.number += amount } }
    func decrement(by amount: Double) { value.withLock { $0.number -= amount } }
    func reset() {
        value.withLock { $0 = Value(buckets: Array(repeating: 0, count: kind.bounds.count)) }
    }

    func set(_ number: Int64) { set(Double(number)) }
    func set(_ number: Double) { value.withLock { $0.number = number } }

    func record(_ number: Int64) { record(Double(number)) }

    /// Observes a value in a histogram; in a gauge, the newest one counts.
    func record(_ number: Double) {
        guard case .histogram(let bounds) = kind else { return set(number) }
        let bucket = bounds.firstIndex { number <= $0 }
        value.withLock { value in
            value.number += number
            value.count += 1
            if let bucket { value.buckets[bucket] += 1 }
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}

/// All series of one name.
struct Family {
    enum Kind {
        case counter
        case gauge
        /// The upper bounds of its buckets, rising; the last one, infinity, is not among them.
        case histogram([Double])

        var bounds: [Double] {
            if case .histogram(let bounds) = self { bounds } else { [] }
        }

        var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    let kind: Kind
    var series: [String: Series] = [:]
}
