import Foundation
import TestTags
import Testing

@testable import giro

@Suite(.serialized, .tags(.process))
struct DescriptorLimitTests {
    @Test("A node may open as many files as the system lets it, not as many as it began with")
    func raised() async throws {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var former = rlimit()
        try #require(getrlimit(resource, &former) == 0)
        var low = former
        low.rlim_cur = min(former.rlim_cur, 256)
        try #require(setrlimit(resource, &low) == 0)
        defer { setrlimit(resource, &former) }
        // Processes begin with the limit of the one that starts them.
        let banks = try await Banks("bank-a")
        let lines = try banks.running("bank-a").limits().split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("Max open files") })
        let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        #expect(numbers.count == 2 && numbers[0] == numbers[1], "\(line)")
        try await banks.stop()
    }

    @Test(
        "Where the system lets a node open too few files, it ends with a message",
        arguments: [8, 16, 20, 24, 28, 32, 40, 64, 100])
    func tooFew(_ limit: Int) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let refused = try await Program.shell(
            "ulimit -n \(limit); giro node --directory \(banks.directory) bank-a")
        #expect(refused.code == 2, "\(refused)")
        #expect(refused.errors.contains("lets this process have \(limit) files open"))
        #expect(refused.errors.contains("ulimit -n, LimitNOFILE="), "\(refused)")
        try await banks.stop()
    }

    @Test("A command that may open too few files ends with a message", arguments: [8, 16, 20, 31])
    func tooFewForCommands(_ limit: Int) async throws {
        let banks = try await Banks("bank-a", starting: false)
        let commands = [
            "account show acct-alice001@bank-a", "books", "verify", "doctor", "submit -",
        ]
        for command in commands {
            let refused = try await Program.shell(
                "ulimit -n \(limit); giro \(command) --directory \(banks.directory) </dev/null")
            #expect(refused.code == 2, "\(command): \(refused)")
            #expect(refused.errors.contains("lets this process have \(limit) files open"))
        }
        try await banks.stop()
    }

    @Test("With as many files as a node says that it needs, it runs")
    func enough() async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        let running = try await Program.shell(
            """
            ulimit -n \(DescriptorLimit.needed(peers: 1))
            '\(Program.url.path)' node --directory \(banks.directory) bank-a & node=$!
            for i in $(seq 300); do
                giro account open --directory \(banks.directory) acct-alice001@bank-a EUR && break
                sleep 0.1
            done
            kill -TERM $node; wait $node
            """)
        #expect(running.code == 0, "\(running)")
        #expect(running.output.contains("applied"), "\(running)")
        try await banks.stop()
    }
}
