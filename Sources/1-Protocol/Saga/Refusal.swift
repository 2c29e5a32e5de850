/// Why a rule rejected a step or an operation. A saga remembers it; it is never an error of the
/// outside world.
///
/// The protocol's own reasons are bare words (`deadlinePassed`). A participant's reasons carry its
/// name (`ledger.insufficientFunds`), so that two participants never mean different things by one
/// word. A node passes on the reasons of participants that it does not know.
public struct Refusal: Error, Hashable, Sendable {
    /// The stable word that logs, excerpts and the API carry.
    public let code: String

    /// For the module that defines the reason, which also lists it in its ``RefusalReason``s.
    ///
    /// - Parameter code: One word, or two joined by a dot: see ``isWellFormed(_:)``.
    public init(defining code: String) {
        precondition(Self.isWellFormed(code), "\(code) is no word for a refusal")
        self.code = code
    }

    /// A code as a log, an excerpt or an answer carries it.
    ///
    /// `nil` for a bare word that is none of the protocol's, and for what is not well formed.
    public init?(code: String) {
        guard Self.isWellFormed(code), code.contains(".") || Self.protocolCodes.contains(code)
        else { return nil }
        self.code = code
    }

    /// Checks that `code` is one word, or two joined by a dot. A word has 1 to 64 ASCII letters,
    /// the first a small one.
    public static func isWellFormed(_ code: String) -> Bool {
        var letters = 0
        var isFirstWord = true
        for character in code.utf8 {
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): letters += 1
            case UInt8(ascii: "A")...UInt8(ascii: "Z") where letters > 0: letters += 1
            case UInt8(ascii: ".") where letters > 0 && isFirstWord:
                (letters, isFirstWord) = (0, false)
            default: return false
            }
            guard letters <= 64 else { return false }
        }
        return letters > 0
    }

    private static let protocolCodes = Set(protocolReasons.map(\.refusal.code))
}

// MARK: - The protocol's own

extension Refusal {
    /// The content holds something this node does not know.
    public static let notUnderstood = Refusal(defining: "notUnderstood")
    /// The itinerary breaks a rule: see ``Itinerary/check(at:)`` and the participants' rules.
    public static let brokenItinerary = Refusal(defining: "brokenItinerary")
    /// The deadline lies further ahead than the cap.
    public static let deadlineTooFar = Refusal(defining: "deadlineTooFar")
    /// The step was asked for after the saga's deadline.
    public static let deadlinePassed = Refusal(defining: "deadlinePassed")
    /// The next step's node is no peer of this one.
    public static let unknownPeer = Refusal(defining: "unknownPeer")
    /// The next step's node is suspended here: its answers would not count until people accept its
    /// new timeline, so nothing is held for them.
    public static let suspendedPeer = Refusal(defining: "suspendedPeer")
    /// As much is open as the node keeps room for, in all or with a neighbour of the step.
    public static let tooManyOpen = Refusal(defining: "tooManyOpen")
    /// An operator has stopped taking new steps from the node that asks for the step.
    public static let intakeStopped = Refusal(defining: "intakeStopped")
    /// The outside that decides a `deciding` step rejected it.
    public static let declined = Refusal(defining: "declined")
    /// A peer gave a reason this version does not know.
    public static let unspecified = Refusal(defining: "unspecified")

    /// The protocol's reasons, each once.
    public static let protocolReasons: [RefusalReason] = [
        RefusalReason(
            .notUnderstood, "AG03",
            "The content holds something this node does not know."),
        RefusalReason(.brokenItinerary, "AG01", "The steps do not fit together."),
        RefusalReason(.deadlineTooFar, "DT01", "The deadline lies further ahead than allowed."),
        RefusalReason(
            .deadlinePassed, "AB05",
            "The deadline had passed when the step was asked for."),
        RefusalReason(.unknownPeer, "RC01", "The next step's node is no peer of this one."),
        RefusalReason(
            .suspendedPeer, "AB08",
            "The next step's node is suspended here until people accept its new timeline."),
        RefusalReason(
            .tooManyOpen, "AB10",
            "Too much is open already, in all or with one of the step's neighbours."),
        RefusalReason(
            .intakeStopped, "AG10",
            "The operator has stopped taking new steps from the node that asked for this one."),
        RefusalReason(.declined, "AG01", "The request was declined."),
        RefusalReason(.unspecified, "MS03", "The peer gave a reason this version does not know."),
    ]

    /// The refusal where a node with the participant `P` counts by reason: `unspecified` for those
    /// that it does not know. Peers choose these words, and could use up the room for counters.
    public func counted<P: Participant>(at: P.Type) -> Refusal {
        let isKnown =
            Self.protocolCodes.contains(code)
            || P.refusalReasons.contains { $0.refusal == self }
        return isKnown ? self : .unspecified
    }

    /// What to say of the refusal at a node whose participant is `P`.
    ///
    /// - Returns: For a reason of a participant that this node does not know, ISO 20022's
    ///   "not specified".
    public func reason<P: Participant>(at: P.Type) -> RefusalReason {
        (Self.protocolReasons + P.refusalReasons).first { $0.refusal == self }
            ?? RefusalReason(self, "MS03", "Another system refused its step.")
    }
}

extension Refusal: CustomStringConvertible {
    /// The code.
    public var description: String { code }
}

/// A refusal as it is explained to machines and to people.
public struct RefusalReason: Hashable, Sendable {
    /// The reason that is explained.
    public let refusal: Refusal
    /// The code of ISO 20022's ExternalStatusReason1Code list that says it best.
    public let isoCode: String
    /// One sentence for people.
    public let explanation: String

    /// - Parameters:
    ///   - refusal: The reason that is explained.
    ///   - isoCode: Two capital letters and two digits.
    ///   - explanation: One sentence.
    public init(_ refusal: Refusal, _ isoCode: String, _ explanation: String) {
        self.refusal = refusal
        self.isoCode = isoCode
        self.explanation = explanation
    }
}
