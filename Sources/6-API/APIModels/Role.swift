/// What the holder of a token may do; each role may do all that the one before it may.
public enum Role: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Looks at everything and changes nothing.
    case reader
    /// Moves money that is there: transfers.
    case submitter
    /// Everything: a deposit creates funds, a limit says what a peer may owe.
    case `operator`

    /// Less is who may do less.
    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .reader: 0
        case .submitter: 1
        case .operator: 2
        }
    }
}
