import Configuration
import Synchronization

/// Notes the settings whose values are not of their kind: where a number or a yes is wanted and
/// something else stands, the reader takes the default without a word, and nobody should find out
/// from a node whose socket asks for no tokens.
final class SettingFaults: AccessReporter {
    private let keys = Mutex<[String]>([])

    func report(_ event: AccessEvent) {
        let isUnread = event.providerResults.contains { provider in
            if case .failure = provider.result { true } else { false }
        }
        guard isUnread || event.conversionError != nil else { return }
        keys.withLock { $0.append("\(event.metadata.key) is no \(event.metadata.valueType)") }
    }

    /// - Throws: ``Failure`` that names the first of them.
    func check() throws {
        guard let first = keys.withLock({ $0.first }) else { return }
        throw Failure(
            .unavailable, "The setting \(first). Mend it in node.yaml or the environment.")
    }
}
