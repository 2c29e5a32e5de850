/// The content types of the API's bodies.
public enum MediaType {
    /// One JSON object.
    public static let json = "application/json"
    /// One JSON object a line.
    public static let lines = "application/x-ndjson"
}
