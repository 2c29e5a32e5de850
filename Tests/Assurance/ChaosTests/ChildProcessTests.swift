import ChildProcess
import Foundation
import TestServers
import TestTags
import Testing

@Suite(.tags(.process))
struct ChildProcessTests {
    @Test("A child has its own input and outputs open, and no file of the process that started it")
    func descriptors() async throws {
        try await withTestFolder { folder in
            // Foundation opens files so that children would inherit them.
            let file = folder + "/open"
            try Data().write(to: URL(fileURLWithPath: file))
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            let child = try ChildProcess(
                "/bin/ls", ["/dev/fd/"], output: folder + "/out", errors: folder + "/err")
            #expect(await child.end() == 0)
            try handle.close()
            let open = try String(contentsOfFile: folder + "/out", encoding: .utf8)
                .split(separator: "\n").compactMap { Int($0) }
            // The fourth is the folder that is being listed.
            #expect(open.sorted() == [0, 1, 2, 3])
        }
    }
}
