import Foundation
import Synchronization
import TestTags
import Testing

/// Nothing that comes from outside stops a process, and nothing is accepted that should not be.
///
/// Each target runs in its own process, so that a trap is a failed test that names the input.
@Suite(.serialized, .tags(.process, .slow))
struct FuzzTests {
    @Test("Whatever is read keeps the rules, or is refused", arguments: Target.chosen.map(\.name))
    func target(_ name: String) async throws {
        // The process is another: it finds the target by its name.
        let ended = await #expect(processExitsWith: .success) { [name = name as String] in
            do {
                let target = try #require(Target.all.first { $0.name == name })
                let count = try await Fuzzer(target).run()
                #expect(count.accepted > 0, "the damage is too great to test acceptance")
                #expect(count.accepted < count.tried, "the damage is too small to test refusal")
                try LastInput.leave(count, of: name)
            } catch {
                Issue.record(error)
            }
        }
        guard ended == nil else { return try Self.tell(LastInput.count(of: name), of: name) }
        let (path, origin) = try LastInput.keep(of: name)
        Issue.record("\(name) ended at \(origin); the input is \(path)")
    }

    @Test("The documentation says how many damaged inputs a run of the tests reads")
    func documentation() throws {
        let rounds = Target.all.reduce(0) { $0 + $1.rounds }
        let figure = rounds.formatted(.number.locale(Locale(identifier: "en")))
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Testing/Simulation/Documentation.docc/Attacks.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("\(figure) damaged inputs"))
    }

    private static let told = Mutex(Fuzzer.Count())

    /// The last line has the figures of all targets.
    private static func tell(_ count: Fuzzer.Count, of name: String) throws {
        let sum = told.withLock { told in
            told.tried += count.tried
            told.accepted += count.accepted
            return told
        }
        print(
            "fuzz: \(name): \(count.tried) damaged inputs, \(count.accepted) accepted; so far"
                + " \(sum.tried), \(sum.accepted) accepted")
    }
}
