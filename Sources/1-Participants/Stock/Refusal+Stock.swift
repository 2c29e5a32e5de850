public import Saga

// The reasons of a stock, which stand in logs: a code is never renamed or reused.

extension Refusal {
    /// There is not enough left of the item.
    public static let soldOut = Refusal(defining: "stock.soldOut")
    /// The shelf would hold more than can be counted.
    public static let shelfFull = Refusal(defining: "stock.shelfFull")
}

extension Stock {
    /// The stock's reasons, each once.
    public static let refusalReasons: [RefusalReason] = [
        RefusalReason(.soldOut, "AG01", "There is not enough left of the item."),
        RefusalReason(.shelfFull, "AM02", "The shelf would hold more than can be counted."),
    ]
}
