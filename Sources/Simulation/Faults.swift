/// What may go wrong in a run, and how often. Numbers are parts per thousand.
public struct Faults: Sendable {
    // Of each message:
    public var messageLost = 0
    public var messageDoubled = 0
    /// Delivered up to some seconds later, so after others.
    public var messageDelayed = 0

    // Of each step that a node does (deciding, appending, publishing, reading):
    public var crash = 0
    /// Nothing was appended, and the writer knows.
    public var appendFailed = 0
    /// The answer was lost: the commit was appended, was not, or is about to be.
    public var appendUnknown = 0
    /// A prefix of the records was published.
    public var publicationFailed = 0

    // Of each request, reply or question to the outside:
    public var requestLost = 0
    public var replyLost = 0
    public var askLost = 0

    // Of each second:
    /// All topics are emptied and begin at 0 again.
    public var wipe = 0
    /// A node's clock is set forward by up to 20 s, or back by up to 5 s.
    public var clockSet = 0
    /// Somebody writes to an inbox what is not true.
    public var lie = 0

    public init() {}

    /// Nothing goes wrong.
    public static let none = Faults()

    /// Everything goes wrong, now and then; how often depends on the seed, and each fourth run
    /// leaves out some kinds, so that one fault does not always hide another.
    public static func mixed(seed: UInt64) -> Faults {
        var dice = Dice(seed: seed ^ 0xFA17)
        func rate(_ most: Int) -> Int {
            dice.chance(250) ? 0 : Int(dice.number(1...Int64(most)))
        }
        var faults = Faults()
        faults.messageLost = rate(150)
        faults.messageDoubled = rate(150)
        faults.messageDelayed = rate(200)
        faults.crash = rate(9)
        faults.appendFailed = rate(15)
        faults.appendUnknown = rate(25)
        faults.publicationFailed = rate(30)
        faults.requestLost = rate(60)
        faults.replyLost = rate(150)
        faults.askLost = rate(150)
        faults.wipe = rate(30)
        faults.clockSet = rate(60)
        faults.lie = rate(500)
        return faults
    }
}
