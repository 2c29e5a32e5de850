extension Topic {
    /// What peers say to `node`.
    public static func transfers(of node: String) -> Topic {
        Topic(name: "transfers.\(node)", retention: .seconds(7 * 24 * 3_600))
    }

    /// The log of `node` for everybody who reads along.
    public static func journal(of node: String) -> Topic {
        Topic(name: "journal.\(node)", retention: nil)
    }
}
