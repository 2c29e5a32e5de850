import Foundation
import Testing

/// Nothing that comes from outside stops a process, and nothing is accepted that should not be.
///
/// Each target runs in a process of its own, so that a trap is a failed test that names the input.
@Suite(.serialized)
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
            } catch {
                Issue.record(error)
            }
        }
        guard ended == nil else { return }
        let (path, origin) = try LastInput.keep(of: name)
        Issue.record("\(name) ended at \(origin); the input is \(path)")
    }
}
