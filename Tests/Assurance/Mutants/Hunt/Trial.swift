import Foundation
import Simulation

#if canImport(Glibc)
    import Glibc
#endif

/// One seed with one bug, in its own process: an assertion in the engine ends only that, and what
/// a bug remembers outside of any node is forgotten with it.
struct Trial {
    enum Outcome: Hashable, Sendable {
        case clean(logs: String)
        case caught(checker: String, message: String)
        /// It does not end.
        case hung
    }

    /// The engine's own assertions: the process traps.
    static let assertion = "assertion"
    private static let timeMax = 120

    let mutant: String
    let seed: UInt64

    /// Runs this program again for one seed.
    func outcome() throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["--seed", "\(seed)"]
        var environment = ProcessInfo.processInfo.environment
        environment["GIRO_MUTANT"] = mutant
        environment["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        // What it says fits into the pipe.
        guard ended.wait(timeout: .now() + .seconds(Self.timeMax)) == .success else {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            return .hung
        }
        guard process.terminationReason == .exit else {
            return .caught(checker: Self.assertion, message: "the engine's own assertion")
        }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let words = text.split(separator: "\n", maxSplits: 1).map(String.init)
        return words.count == 1
            ? .clean(logs: words[0])
            : .caught(checker: words.first ?? "", message: words.last ?? "no report")
    }

    /// In the process that was started: runs the seed and says what came of it.
    static func run(seed: UInt64) {
        Task {
            let report = await Simulation(of: BankScenario(), seed: seed).report()
            if let failure = report.failure {
                print("\(failure.checker)\n\(failure.message.prefix(500))")
            } else {
                print(report.digests.map { "\($0)" }.joined())
            }
            exit(0)
        }
        while true { pause() }
    }
}
