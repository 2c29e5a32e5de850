/// How much one request may ask for.
public enum RequestLimits {
    /// The most bytes of one line of NDJSON, and of the body of any command by itself.
    public static let lineBytesMax = 16 * 1024
    /// How many transfers' states may be asked for at once.
    public static let statesMax = 10_000
    /// The most bytes of a question of many lines.
    public static let questionBytesMax = 1 << 20
    /// The most lines or accounts that a page has.
    public static let pageMax = 1_000
    /// The lines or accounts of a page where the client does not say.
    public static let pageStandard = 100
    /// How long a client may have its answer wait for a final state.
    public static let waitMax = Duration.seconds(60)
}
