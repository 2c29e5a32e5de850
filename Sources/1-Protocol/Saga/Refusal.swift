/// Why a rule said no. Closed, so that every reason has a name, a code and a test.
///
/// The raw value is the stable code that logs, messages and the API carry. A refusal is data that
/// a saga remembers, never an error of the world.
public enum Refusal: String, Error, Hashable, Sendable, CaseIterable {
    // The protocol's own.
    /// The content holds something this node does not know.
    case notUnderstood
    /// The itinerary breaks a rule: see ``Itinerary/check(at:)`` and the participants' rules.
    case brokenItinerary
    /// The deadline lies further ahead than the cap.
    case deadlineTooFar
    /// The step was asked for after the saga's deadline.
    case deadlinePassed
    /// The step before gave up waiting, before this step was done.
    case abandoned
    /// Another content was first seen under this UUID.
    case otherContent
    /// The next step's node is no peer of this one.
    case unknownPeer
    /// The next step's node is suspended here: its answers would not count until an operator
    /// accepts it, so nothing is held for them.
    case suspendedPeer

    // The payer's account.
    case unknownDebtor
    case debtorClosed
    case debtorFrozen
    case debtorCurrency
    case insufficientFunds

    // The payee's account.
    case unknownCreditor
    case creditorClosed
    case creditorFrozen
    case creditorCurrency

    // The books.
    /// A balance would no longer fit: refused now, so that confirming cannot overflow.
    case balanceTooLarge
    /// The peer would owe more than its exposure limit.
    case exposureExceeded

    // Operations on one account or peer.
    case accountExists
    case unknownAccount
    case accountClosed
    case accountFrozen
    case accountNotFrozen
    case accountCurrency
    /// It cannot be closed while there is money in it.
    case accountNotEmpty
    /// It cannot be closed while a transfer holds something of it, in either direction.
    case accountInUse
    /// More than what is open between this node and the peer.
    case settlementTooLarge
    /// No account is opened in a currency that has left ISO 4217.
    case currencyEnded

    // Other participants.
    /// There is not enough left of what was asked for.
    case soldOut
    /// Somebody who was asked said no.
    case declined

    /// A peer gave a reason this version does not know.
    case unspecified
}

extension Refusal {
    /// The code of ISO 20022's ExternalStatusReason1Code list that says it best.
    public var isoCode: String {
        switch self {
        case .notUnderstood: "AG03"
        case .brokenItinerary: "AG01"
        case .deadlineTooFar: "DT01"
        case .deadlinePassed: "AB05"
        case .abandoned: "DS24"
        case .otherContent: "AM05"
        case .unknownPeer: "RC01"
        case .suspendedPeer: "AB08"
        case .unknownDebtor: "AC02"
        case .debtorClosed: "AC04"
        case .debtorFrozen: "AC06"
        case .debtorCurrency: "AM03"
        case .insufficientFunds: "AM04"
        case .unknownCreditor: "AC03"
        case .creditorClosed: "AC07"
        case .creditorFrozen: "AC06"
        case .creditorCurrency: "AM03"
        case .balanceTooLarge: "AM02"
        case .exposureExceeded: "AM23"
        case .accountExists: "AM05"
        case .unknownAccount: "AC01"
        case .accountClosed: "AC04"
        case .accountFrozen: "AC06"
        case .accountNotFrozen: "AG01"
        case .accountCurrency: "AM03"
        case .accountNotEmpty: "AG01"
        case .accountInUse: "AG01"
        case .settlementTooLarge: "AM09"
        case .currencyEnded: "AM03"
        case .soldOut: "AG01"
        case .declined: "AG01"
        case .unspecified: "MS03"
        }
    }

    /// One sentence for people.
    public var explanation: String {
        switch self {
        case .notUnderstood: "The content holds something this node does not know."
        case .brokenItinerary: "The steps do not make a transfer."
        case .deadlineTooFar: "The deadline lies further ahead than allowed."
        case .deadlinePassed: "The deadline had passed when the step was asked for."
        case .abandoned: "The sender gave up waiting before the step was done."
        case .otherContent: "Another content was first seen under this UUID."
        case .unknownPeer: "The other bank is not a peer of this one."
        case .suspendedPeer: "The next bank is suspended here until an operator accepts its log."
        case .unknownDebtor: "The payer's account does not exist."
        case .debtorClosed: "The payer's account is closed."
        case .debtorFrozen: "The payer's account is frozen."
        case .debtorCurrency: "The payer's account is in another currency."
        case .insufficientFunds: "The payer's available balance is too low."
        case .unknownCreditor: "The payee's account does not exist."
        case .creditorClosed: "The payee's account is closed."
        case .creditorFrozen: "The payee's account is frozen."
        case .creditorCurrency: "The payee's account is in another currency."
        case .balanceTooLarge: "The balance would grow beyond what can be counted."
        case .exposureExceeded: "The sending bank's exposure limit would be exceeded."
        case .accountExists: "There is an account of that id already."
        case .unknownAccount: "The account does not exist."
        case .accountClosed: "The account is closed."
        case .accountFrozen: "The account is frozen."
        case .accountNotFrozen: "The account is not frozen."
        case .accountCurrency: "The account is in another currency."
        case .accountNotEmpty: "There is still money in the account."
        case .accountInUse: "A transfer still holds something of the account."
        case .settlementTooLarge: "That is more than what is open with the peer."
        case .currencyEnded: "The currency has ended: no account is opened in it any more."
        case .soldOut: "There is not enough left."
        case .declined: "The request was declined."
        case .unspecified: "The peer gave a reason this version does not know."
        }
    }
}
