import Saga
import Testing

@Suite("Refusals")
struct RefusalTests {
    /// What logs, excerpts and the API carry: a code never changes and never goes away.
    static let codes: [(name: String, isoCode: String)] = [
        ("notUnderstood", "AG03"), ("brokenItinerary", "AG01"), ("deadlineTooFar", "DT01"),
        ("deadlinePassed", "AB05"),
        ("unknownPeer", "RC01"), ("suspendedPeer", "AB08"), ("tooManyOpen", "AB10"),
        ("intakeStopped", "AG10"), ("declined", "AG01"), ("unspecified", "MS03"),
    ]

    @Test("The protocol's reasons keep their codes and their ISO 20022 codes")
    func listIsComplete() {
        let reasons = Refusal.protocolReasons
        #expect(reasons.map(\.refusal.code) == Self.codes.map(\.name))
        #expect(reasons.map(\.isoCode) == Self.codes.map(\.isoCode))
    }

    @Test("The protocol's reasons are worded for any kind of node")
    func wording() {
        let kinds = ["bank", "transfer", "pay", "account", "shop", "shelf", "order"]
        for reason in Refusal.protocolReasons {
            let words = reason.explanation.lowercased().split(separator: " ")
            let found = kinds.filter { kind in words.contains { $0.hasPrefix(kind) } }
            #expect(found.isEmpty, "\(reason.explanation)")
        }
    }

    @Test("A code is one word of the protocol, or a participant's name and a word", arguments: [
        ("deadlinePassed", true), ("ledger.insufficientFunds", true), ("market.notSeen", true),
        ("notSeen", false), ("", false), (".", false), ("ledger.", false), (".a", false),
        ("ledger.a.b", false), ("Ledger.a", false), ("ledger.a1", false), ("ledger.ä", false),
        ("ledger a", false), ("a." + String(repeating: "b", count: 64), true),
        ("a." + String(repeating: "b", count: 65), false),
        (String(repeating: "b", count: 64) + ".a", true),
        (String(repeating: "b", count: 65) + ".a", false),
    ])
    func form(code: String, isRead: Bool) {
        #expect(Refusal(code: code)?.code == (isRead ? code : nil))
    }
}
