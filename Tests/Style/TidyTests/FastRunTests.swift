import Foundation
import Testing

/// The folders that `deploy/test --fast` goes through: what is in them starts no server and no
/// process, or is left out. Test servers refuse to start in a fast run: what is missed here fails.
struct FastRunTests {
    private static let trait = ".onlyInFullRuns"
    private static let folders: [String] = {
        let script = SourceFile.root.appendingPathComponent("deploy/test")
        let text = (try? String(contentsOf: script, encoding: .utf8)) ?? ""
        return text.matches(of: #/\n[a-z]+_folders=\(([A-Za-z ]+)\)/#)
            .flatMap { $0.1.split(separator: " ") }.map { "Tests/\($0)/" }
    }()

    private static let fast = SourceFile.all.filter { file in
        folders.contains { file.path.hasPrefix($0) }
    }

    @Test("A fast run goes through the rules, the contracts and the style")
    func selected() {
        #expect(Self.folders == ["Tests/Unit/", "Tests/Style/", "Tests/Contracts/"])
        #expect(Set(Self.fast.map(\.module)).isSuperset(of: ["SagaTests", "EventLogTests"]))
    }

    @Test("A suite with a tag is left out of a fast run, and one that is left out has a tag")
    func tagged() {
        var leftOut = 0
        for file in Self.fast where file.module != "TidyTests" {
            for line in file.code where line.text.firstMatch(of: /@(Suite|Test)/) != nil {
                let isTagged = line.text.contains(".tags(")
                #expect(isTagged == line.text.contains(Self.trait), "\(file.path):\(line.number)")
                leftOut += isTagged ? 1 : 0
            }
        }
        #expect(leftOut > 10)
    }

    @Test("A file there that can start a server or a process leaves suites out")
    func servers() {
        let starting = modules(below: "Tests/Support")
            .subtracting(["GeneratedWire", "TestKit", "TestRun", "TestTags"])
            .union(["ChildProcess"])
        #expect(starting.isSuperset(of: ["TestServers", "MockKafka"]))
        for file in Self.fast where file.module != "TidyTests" {
            let canStart = file.code.contains { line in
                starting.contains { line.text.hasSuffix("import \($0)") }
                    || line.text.contains("processExitsWith") || line.text.contains("Process()")
            }
            guard canStart, !file.places(of: ["@Test"]).isEmpty else { continue }
            #expect(!file.path.hasPrefix("Tests/Unit/"), "\(file.path) belongs to Integration")
            #expect(!file.places(of: [Self.trait]).isEmpty, "\(file.path) starts something")
        }
    }

    @Test("Test servers start all that they start where a fast run is refused")
    func oneDoor() {
        for file in SourceFile.all where file.path.hasPrefix("Tests/Support/") {
            guard !file.path.hasSuffix("/ServerStart.swift") else { continue }
            #expect(file.places(of: [" ChildProcess(", "posix_spawn", "Process()"]).isEmpty)
        }
    }

    private func modules(below folder: String) -> Set<String> {
        Set(SourceFile.all.filter { $0.path.hasPrefix(folder + "/") }.map(\.module))
    }
}
