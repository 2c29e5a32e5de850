import Saga
import Wire

/// A participant that is asked for nothing and remembers bytes: as little as an event needs.
struct Notes: WireParticipant {
    typealias Action = String
    typealias Fact = [UInt8]
    typealias Operation = String

    private(set) var facts: [[UInt8]] = []

    // MARK: What it does

    func check(_ itinerary: Itinerary<String>) {}

    func reserve(_ request: StepRequest<String>) -> Reservation<[UInt8]> { Reservation(facts: []) }

    func accept(_ step: StepID) -> [[UInt8]] { [] }

    func confirm(_ step: StepID) -> [[UInt8]] { [] }

    func cancel(_ step: StepID) -> [[UInt8]] { [] }

    func holds(_ step: StepID) -> Bool { false }

    func perform(_ operation: String) -> [UInt8] { Array(operation.utf8) }

    mutating func apply(_ fact: [UInt8]) { facts.append(fact) }

    // MARK: Its bytes

    static func read(actionOf kind: String, body: [UInt8]) -> ActionReading<String> { .foreign }

    static func kind(of action: String) -> String { action }

    static func encode(_ action: String) -> [UInt8] { [] }

    static func encode(_ fact: [UInt8]) -> [UInt8] { fact }

    static func decodeFact(_ bytes: [UInt8], of step: StepID?) -> [UInt8] { bytes }

    func encodedState() -> [UInt8] { [] }

    init() {}

    init(encodedState: [UInt8]) {}
}
