import Ledger
import Saga
import Testing

@Suite("Accounts' ids, amounts, currencies and books")
struct ValueTests {
    static let ids: [(text: String, node: String?)] = [
        ("acct-12345678@bank-a", "bank-a"),
        ("acct-abcdefghijklmnopqrstuvwxyz012345@b", "b"),
        ("acct-1234567@bank-a", nil),
        ("acct-abcdefghijklmnopqrstuvwxyz0123456@b", nil),
        ("acct-12345678", nil),
        ("acct-12345678@", nil),
        ("acct-12345678@Bank", nil),
        ("acct-12345678@bank-a@bank-a", nil),
        ("acct-12345678@bank-a@", nil),
        ("@bank-a", nil),
        ("acct-@bank-a", nil),
        ("acct_12345678@bank-a", nil),
        ("ACCT-12345678@bank-a", nil),
        ("acct-1234567A@bank-a", nil),
        ("acct-1234-678@bank-a", nil),
        ("acct-1234567é@bank-a", nil),
        ("acct-１２３４５６７８@bank-a", nil),
        (" acct-12345678@bank-a", nil),
        ("", nil),
    ]

    @Test("An account's id is opaque, and names the bank that keeps it", arguments: ids)
    func readsAccounts(text: String, node: String?) {
        let id = AccountID(text)
        #expect(id?.node.text == node)
        #expect(id?.text == (node == nil ? nil : text))
    }

    @Test("An amount is positive", arguments: [Int64.min, -1, 0, 1, .max])
    func amountsArePositive(minorUnits: Int64) {
        let amount = Amount(minorUnits: minorUnits, currency: euro)
        #expect((amount != nil) == (minorUnits > 0))
    }

    static let currencies: [(code: String, digits: Int?)] = [
        ("EUR", 2), ("USD", 2), ("CHF", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("KWD", 3),
        ("TND", 3), ("CLF", 4), ("UYW", 4), ("AED", 2), ("ZWG", 2),
        ("XCG", 2), ("XAD", 2), ("SLE", 2), ("VED", 2), ("CUP", 2),
        ("ANG", 2), ("BGN", 2), ("CUC", 2), ("HRK", 2), ("SLL", 2), ("ZWL", 2),
        ("eur", nil), ("Eur", nil), ("EU", nil), ("EURO", nil), ("", nil), ("XXX", nil),
        ("XTS", nil), ("XAU", nil), ("DEM", nil), ("€€€", nil), ("É", nil), ("EU\0", nil),
        ("   ", nil),
    ]

    @Test("A currency is a code of ISO 4217, with its digits", arguments: currencies)
    func readsCurrencies(code: String, digits: Int?) {
        #expect(Currency(code)?.minorUnitDigits == digits)
        #expect(Currency(code)?.code == (digits == nil ? nil : code))
    }

    @Test(
        "A currency that has left ISO 4217 can be told from one that replaced it",
        arguments: [
            ("ANG", "XCG"), ("BGN", "EUR"), ("CUC", "CUP"), ("HRK", "EUR"), ("SLL", "SLE"),
            ("ZWL", "ZWG"),
        ])
    func currenciesEnd(old: String, new: String) {
        #expect(Currency(old)?.hasEnded == true)
        #expect(Currency(new)?.hasEnded == false)
    }

    @Test("Currencies sort as their codes do")
    func currenciesSort() {
        let codes = ["AED", "CHF", "EUR", "JPY", "USD", "ZMW"]
        #expect(codes.reversed().map(currency).sorted().map(\.code) == codes)
    }

    static let names: [(book: Book, text: String)] = [
        (.available(alice), "acct-alice001@bank-a"),
        (.held(alice), "held/acct-alice001@bank-a"),
        (.cash, "cash"),
        (.clearing(bankB), "clearing/bank-b"),
        (.suspense, "suspense"),
    ]

    @Test("A book's name is stable and is read back", arguments: names)
    func booksHaveNames(book: Book, text: String) {
        #expect(book.description == text)
        #expect(Book(text) == book)
    }

    @Test(
        "Other names are no book's",
        arguments: [
            "", "Cash", "cash/", "clearing", "clearing/", "clearing/Bank", "held/", "held/cash",
            "held/held/acct-alice001@bank-a", "available/acct-alice001@bank-a", "alice",
        ])
    func otherNamesAreNone(text: String) {
        #expect(Book(text) == nil)
    }
}
