/// The version of Giro, as `giro --version`, `GET /v1/node`, the metric `giro_build_info` and the
/// first line of a node's log have it. CONTRIBUTING says how it is raised.
public enum GiroVersion {
    /// Semantic versioning; before 1.0 the second number rises with every change that others have
    /// to act upon.
    public static let current = "0.2.0"
}
