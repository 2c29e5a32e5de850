import APIModels
public import ArgumentParser
public import Ledger
import Node
import NodeClient
public import Saga

extension AccountID: ExpressibleByArgument {
    /// As `AccountID.init(_:)`: `nil` is a usage error that shows the form.
    public init?(argument: String) { self.init(argument) }
}
extension NodeName: ExpressibleByArgument {
    /// As `NodeName.init(_:)`: `nil` is a usage error.
    public init?(argument: String) { self.init(argument) }
}
extension Currency: ExpressibleByArgument {
    /// As `Currency.init(_:)`: `nil` is a usage error.
    public init?(argument: String) { self.init(argument) }
}
extension CommandID: ExpressibleByArgument {
    /// As `CommandID.init(_:)`: `nil` is a usage error.
    public init?(argument: String) { self.init(argument) }
}
extension LedgerOperation.Direction: ExpressibleByArgument {}
extension LedgerOperation.Transit: ExpressibleByArgument {}

extension ArgumentHelp {
    /// How an account is written, which is shown as well where one is written wrongly.
    static func account(_ what: String) -> ArgumentHelp {
        ArgumentHelp("\(what): acct-NAME@BANK, NAME being 8 to 32 lower-case letters or digits.")
    }
}

/// What every order to a bank takes: where it is, and the UUID that makes sending it again
/// harmless.
struct OperationOptions: ParsableArguments {
    @OptionGroup var place: DirectoryOptions
    @OptionGroup var output: OutputOptions
    @Option(
        help: """
            The order's UUID. A command that is repeated with it does nothing twice; without it, \
            each run is a new order.
            """)
    var id: CommandID?

    /// Sends an order. However it ends without an answer, a line on standard error names its UUID:
    /// the user who does not know it can only send another order.
    func send<Answer>(
        _ id: CommandID, to node: NodeName, _ call: (NodeClient) async throws -> Answer
    ) async throws -> Answer {
        let interrupts = await Interrupts()
        let watch = Task {
            await interrupts.watch {
                writeError("giro: Interrupted. \(Self.again(id))")
                if let signal = interrupts.first { Interrupts.endProcess(as: signal) }
            }
        }
        defer {
            watch.cancel()
            interrupts.release()
        }
        return try await place.withBank(node, sending: id, call)
    }

    /// Shows an answer; where it cannot be written, the user knows as little as without one.
    func show(_ answer: CommandAnswer, of id: CommandID, _ text: () -> String) throws {
        try output.show(answer, text)
        guard StandardStreams.flushOutput() != nil else { return }
        writeError("giro: The answer could not be printed. \(Self.again(id))")
    }

    /// What to do where the outcome of an order is not known.
    static func again(_ id: CommandID) -> String {
        "The order may have been carried out: repeat the command with --id \(id), which does "
            + "nothing twice."
    }
}

extension CommandID {
    /// A version 7 UUID (RFC 9562): the time in front, the rest random.
    static func random() -> CommandID {
        var random = SystemRandomNumberGenerator()
        let time = UInt64(NodeClock.system.now().milliseconds)
        return CommandID(
            high: time << 16 | 0x7000 | random.next() & 0x0FFF,
            low: 0x8000_0000_0000_0000 | random.next() & 0x3FFF_FFFF_FFFF_FFFF)
    }
}

extension CommandAnswer {
    var isGood: Bool {
        switch verdict {
        case .applied, .duplicate(of: .applied): true
        case .duplicate, .refused, .conflict, .invalid, .busy: false
        }
    }

    var text: String {
        let name = id.map { "\($0): " } ?? ""
        switch verdict {
        case .applied: return name + "applied" + (state.map { ", \($0.text)" } ?? "")
        case .duplicate(of: .applied):
            return name + "applied before" + (state.map { ", \($0.text)" } ?? "")
        case .duplicate(of: .refused(let refusal)):
            return name + "refused before. \(refusal.text)"
        case .refused(let refusal): return name + "refused. \(refusal.text)"
        case .conflict: return name + "conflict: this UUID was used for something else."
        case .invalid(let invalid): return name + "invalid. \(invalid.detail)"
        case .busy: return name + "the bank has too much to do; send it again."
        }
    }
}

extension Refusal {
    var text: String { "\(bankReason.explanation) (\(code), ISO 20022 \(bankReason.isoCode))" }
}

extension TransferState {
    var text: String {
        switch self {
        case .unknown, .ambiguous, .pending, .settled: word
        case .rolledBack(let refusal), .refused(let refusal): "\(word). \(refusal.text)"
        }
    }
}
