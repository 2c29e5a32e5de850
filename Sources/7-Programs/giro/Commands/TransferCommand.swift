import APIModels
import ArgumentParser
import Deployment
import Ledger
import NodeClient
import Saga

struct TransferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Transfer money, inside a bank or between banks.",
        usage: MoneyArguments.usage(
            "transfer <from> <to>",
            "[--via <via> ...] [--reference <reference>] [--timeout <timeout>] [--wait <wait>] "),
        discussion: """
            Exit codes: 0 settled, or with --wait 0 recorded; 1 refused, rolled back or in \
            conflict; 2 still pending at the end of the wait, or the outcome is not known.
            """)

    @OptionGroup var options: OperationOptions
    @Argument(help: .account("The payer's account")) var from: AccountID
    @Argument(help: .account("The payee's account")) var to: AccountID
    @OptionGroup var money: MoneyArguments
    @Option(help: "A correspondent that passes the money on; may be repeated.")
    var via: [NodeName] = []
    @Option(help: "At most 140 characters for the payee.") var reference: String?
    @Option(help: "When to give up: 500ms, 30s, 5m, at most 1h.") var timeout: String?
    @Option(help: "How many seconds to wait for the end, at most 60; 0 does not wait.")
    var wait = 10

    func validate() throws {
        guard (0...60).contains(wait) else {
            throw ValidationError("--wait takes a number of seconds from 0 to 60")
        }
    }

    func run() async throws {
        try await exitingOnFailure {
            let request = try request()
            let (answer, difference) = try await options.send(request.id, to: from.node) { bank in
                let answer = try await bank.begin(
                    request, wait: wait == 0 ? nil : Duration.seconds(wait))
                guard case .conflict = answer.verdict else { return (answer, String?.none) }
                return (answer, await bank.difference(of: request))
            }
            let look = options.place.deployment.command("trace", "\(request.id)")
            try options.show(answer, of: request.id) { "\(answer.text)\nSee with: \(look)" }
            if let difference { writeError("giro: \(difference)") }
            guard answer.isGood, answer.state?.refusal == nil else { throw ExitCode(1) }
            if wait != 0, let state = answer.state, !state.isFinal {
                throw Failure(
                    .unavailable,
                    "\(state.word): not decided yet after \(wait) s. The money is held until it is "
                        + "paid or given back. To wait again, repeat the command with --id "
                        + "\(request.id), which does nothing twice; or ask with: \(look)")
            }
        }
    }

    private func request() throws -> TransferRequest {
        let amount = try money.positive()
        do {
            return try TransferRequest(
                id: (options.id ?? .random()).description, from: from.text, to: to.text,
                via: via.isEmpty ? nil : via.map(\.text), amount: amount.minorUnits,
                currency: amount.currency.code, reference: reference, timeout: timeout)
        } catch {
            throw Failure(.refused, error.detail)
        }
    }
}
