import ArgumentParser
import Ledger
import APIModels
import Saga
import TestKit
import Testing

@testable import giro

/// Every operation has a command that takes the fields of its row.
struct OperationCommandTests {
    @Test(
        "The command that an operation's row names makes the operation of the row's fields",
        arguments: Cast.operations)
    func command(_ operation: LedgerOperation) throws {
        let (kind, values) = operation.parts
        let command = kind.row.command.split(separator: " ").map(String.init)
        let line = command + Self.arguments(values)
        let parsed = try Giro.parseAsRoot(line)
        let found = try #require(parsed as? any OperationCommand, "\(line)")
        #expect(type(of: found).kind == kind)
        #expect(type(of: found).configuration.commandName == command.last)
        #expect(try found.operation() == operation)
        #expect(found.node == Cast.bankA)

        for count in command.count..<line.count {
            let part = Array(line.prefix(count))
            #expect(throws: (any Error).self, "\(part)") { try Giro.parseAsRoot(part) }
        }
        #expect(throws: (any Error).self) { try Giro.parseAsRoot(line + ["more"]) }
    }

    /// A bank's peer stands behind the bank, and money last.
    private static func arguments(_ values: [OperationValue]) -> [String] {
        var (places, money) = ([String](), [String]())
        for value in values {
            switch value {
            case .account(let account): places.append(account.text)
            case .peer(let peer): places += [Cast.bankA.text, peer.text]
            case .transit(let transit): places.append(transit.rawValue)
            case .direction(let direction): places.append(direction.rawValue)
            case .currency(let currency): money.append(currency.code)
            case .limit(let minorUnits): money += ["--minor", "\(minorUnits)"]
            case .amount(let amount):
                money += ["--minor", "\(amount.minorUnits)", amount.currency.code]
            }
        }
        return places + money
    }

    @Test("The usage of a command that takes money shows both ways to write it")
    func usage() {
        let money =
            "(<amount> | --minor <minor>) <currency> [--directory <directory>] [--id <id>] [--json]"
        #expect(DepositCommand.configuration.usage == "giro deposit <account> \(money)")
        #expect(
            PeerCommand.Limit.configuration.usage == "giro peer limit <node> <peer> \(money)")
        #expect(
            PeerCommand.OwedLimit.configuration.usage
                == "giro peer owed-limit <node> <peer> \(money)")
        #expect(PeerCommand.Transit.configuration.usage == nil)
        #expect(
            PeerCommand.Settle.configuration.usage
                == "giro peer settle <node> <peer> <direction> \(money)")
        #expect(AccountCommand.Open.configuration.usage == nil)
    }
}
