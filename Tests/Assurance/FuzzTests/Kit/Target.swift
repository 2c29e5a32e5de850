import Foundation

/// Something that reads bytes from outside, and what has to hold of whatever it takes.
struct Target: Sendable {
    /// Reads an input, and holds what was made of it against the rules.
    ///
    /// - Returns: Whether it was accepted.
    /// - Throws: ``Violation``, or what the reader throws though it never should.
    typealias Reading = @Sendable ([UInt8]) async throws -> Bool

    /// Also the folder of its corpus.
    let name: String
    let form: Mutator.Form
    /// How many damaged inputs a run of the tests reads.
    let rounds: Int
    /// Sets up what reads, hands it over, and puts it away.
    let open: @Sendable (_ use: @escaping Use) async throws -> Fuzzer.Count

    typealias Use = @Sendable (Reading) async throws -> Fuzzer.Count

    init(
        _ name: String, _ form: Mutator.Form, rounds: Int,
        open: @escaping @Sendable (_ use: @escaping Use) async throws -> Fuzzer.Count
    ) {
        (self.name, self.form, self.rounds, self.open) = (name, form, rounds, open)
    }

    /// A target that needs nothing set up.
    init(
        _ name: String, _ form: Mutator.Form, rounds: Int, reading: @escaping Reading
    ) {
        self.init(name, form, rounds: rounds) { use in try await use(reading) }
    }

    static let all: [Target] = [
        .excerpt, .journal, .entry, .header, .snapshot, .csv, .lines, .request, .topic,
        .nodeYAML, .properties, .tokens, .keys, .password,
    ]

    /// Those that `GIRO_FUZZ_TARGET` names, or all.
    static let chosen: [Target] = {
        let name = ProcessInfo.processInfo.environment["GIRO_FUZZ_TARGET"]
        return all.filter { name == nil || $0.name == name }
    }()
}

/// Something was accepted that should not be, or came back as something else.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// - Throws: ``Violation`` with `claim`, unless it holds.
func hold(_ claim: @autoclosure () -> String, _ isTrue: Bool) throws {
    guard isTrue else { throw Violation(claim()) }
}
