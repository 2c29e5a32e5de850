import APIModels
import HTTPServer
import Saga

extension Problem {
    /// A refusal, as a bank explains it.
    init(_ refusal: Refusal) {
        self.init(refusal.bankReason)
    }
}
