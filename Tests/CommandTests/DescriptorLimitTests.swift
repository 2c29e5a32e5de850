import Foundation
import Testing

@testable import giro

@Suite(.serialized)
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
}
