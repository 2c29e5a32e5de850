import Engine
import Saga
import Wire

/// Everybody who sends commands: customers and operators. They remember what they sent.
struct Clients<P: WireParticipant> {
    private(set) var commands: [Command<P>] = []
    /// Commands whose clients still wait for an answer.
    private(set) var waiting = 0
    var dice: Dice
    /// Still to be made.
    var sagasLeft = 0

    init(network: Network, seed: UInt64) {
        dice = Dice(seed: seed ^ 0xC11E)
    }

    /// - Returns: The command's index.
    mutating func add(_ command: Command<P>) -> Int {
        commands.append(command)
        waiting += 1
        return commands.count - 1
    }

    /// Notes that a client got an answer.
    ///
    /// - Returns: Whether it is the first one to this command.
    mutating func answer(_ index: Int) -> Bool {
        guard commands[index].answersLeft > 0 else { return false }
        commands[index].answersLeft -= 1
        if commands[index].answersLeft == 0 { waiting -= 1 }
        return true
    }

    /// Asks for one more answer.
    mutating func wonder(about index: Int) {
        if commands[index].answersLeft == 0 { waiting += 1 }
        commands[index].answersLeft += 1
    }

    mutating func command(
        _ order: Command<P>.Order, at node: Int, id: CommandID? = nil
    ) -> Command<P> {
        var command = Command<P>(
            id: id ?? dice.commandID(), node: node, order: order, fingerprint: dice.hash())
        if dice.chance(250) { command.answersLeft += 1 }
        return command
    }
}
