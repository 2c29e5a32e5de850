public import Ledger
public import Saga

/// A client's order to transfer money, as it was sent: checked for its form, defaults not filled
/// in. Whether the accounts exist and can pay is the engine's affair.
public struct TransferRequest: Hashable, Sendable {
    /// The client's UUID: sending the same order again under it is harmless.
    public let id: CommandID
    /// The account to debit, which the node that is asked has to keep.
    public let payer: AccountID
    /// The account to credit, at any bank.
    public let payee: AccountID
    /// The correspondents, in the order the money takes; `nil` where the client did not say.
    public let via: [NodeName]?
    /// The amount, the same at every step.
    public let amount: Amount
    /// At most ``referenceScalarsMax`` Unicode scalars.
    public let reference: String?
    /// ``TransferTimeout/standard`` where the client did not say.
    public let timeout: TransferTimeout?

    /// The longest reference, in Unicode scalars.
    public static let referenceScalarsMax = 140

    /// Checks the fields in the order of the parameters, and of the whole itinerary behind `via`.
    ///
    /// - Parameters:
    ///   - id: A UUID.
    ///   - payer: The payer's account.
    ///   - payee: The payee's account.
    ///   - via: The correspondents, in the order the money takes; no bank of the route twice.
    ///   - amount: In minor units; see ``amount(fromText:)`` for a column of text.
    ///   - currency: A code of ISO 4217.
    ///   - reference: At most ``referenceScalarsMax`` Unicode scalars.
    ///   - timeout: As in ``TransferTimeout``.
    /// - Throws: The first thing that is wrong.
    public init(
        id: String, from payer: String, to payee: String, via: [String]? = nil, amount: Int64,
        currency: String, reference: String? = nil, timeout: String? = nil
    ) throws(InvalidRequest) {
        self.id = try CommandID(field: id)
        self.payer = try AccountID(field: payer, named: "from")
        self.payee = try AccountID(field: payee, named: "to")
        self.via = try NodeName.list(field: via)
        try Self.check(Self.route(from: self.payer, via: self.via ?? [], to: self.payee))
        self.amount = try Amount(field: amount, Currency(field: currency))
        guard (reference?.unicodeScalars.count ?? 0) <= Self.referenceScalarsMax else {
            throw InvalidRequest(
                .referenceTooLong,
                "\"reference\" must have at most \(Self.referenceScalarsMax) characters.")
        }
        self.reference = reference
        self.timeout = if let timeout { try TransferTimeout(timeout) } else { nil }
    }

    /// The banks of the itinerary's steps: the payer's, the correspondents, the payee's; only one
    /// where a bank is asked to move money between its own accounts. No bank is there twice.
    public var route: [NodeName] { Self.route(from: payer, via: via ?? [], to: payee) }

    private static func route(
        from payer: AccountID, via: [NodeName], to payee: AccountID
    ) -> [NodeName] {
        via.isEmpty && payer.node == payee.node ? [payer.node] : [payer.node] + via + [payee.node]
    }

    private static func check(_ route: [NodeName]) throws(InvalidRequest) {
        guard route.count <= Itinerary<LedgerAction>.stepsMax else {
            throw InvalidRequest(
                .tooManySteps,
                "At most \(Itinerary<LedgerAction>.stepsMax) banks can take part in a transfer.")
        }
        guard Set(route).count == route.count else {
            throw InvalidRequest(
                .repeatedNode,
                """
                A transfer passes a bank once: "via" must not name a bank twice, nor the payer's \
                or the payee's, and must be empty where both are the same.
                """)
        }
    }
}
