import ArgumentParser
import Chaos
import Foundation

@main
struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy/chaos",
        abstract: "Attack three banks on PostgreSQL and a broker, and see whether money is lost.",
        discussion: """
            Ends with 0 where nothing was lost, doubled or told wrongly, with 1 otherwise. The \
            same seed makes the same schedule of faults; what they meet is up to the machine.
            """)

    @Option(help: "For how long faults are made.") var minutes = 3.0
    @Option(help: "What the schedule of faults is made from; by default another each time.")
    var seed = UInt64.random(in: 1 ... 1 << 32)
    @Option(help: "How many clients send orders at once.") var clients = 12
    @Flag(help: "End with a line of JSON instead of a table.") var json = false
    @Flag(help: "Print the schedule of so many minutes, and do nothing.") var dryRun = false

    func run() async throws {
        if dryRun { return printSchedule() }
        say("seed \(seed)")
        let report = try await ChaosRun(
            seed: seed, time: .seconds(minutes * 60), clients: clients, progress: say
        ).run()
        print(json ? report.json : report.text)
        if !report.isClean { throw ExitCode(1) }
    }

    private func say(_ line: String) {
        FileHandle.standardError.write(Data("chaos: \(line)\n".utf8))
    }

    private func printSchedule() {
        var schedule = Schedule(seed: seed)
        for _ in 0..<max(1, Int(minutes * 2)) {
            let round = schedule.nextRound()
            print("round \(round.number)")
            for strike in round.strikes { print("  \(strike)") }
        }
    }
}
