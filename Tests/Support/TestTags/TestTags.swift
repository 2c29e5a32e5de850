import TestRun
public import Testing

/// What a suite needs, beside a CPU.
extension Tag {
    /// Starts PostgreSQL.
    @Tag public static var postgres: Tag
    /// Speaks Kafka's protocol with a broker.
    @Tag public static var kafka: Tag
    /// Starts processes: of this program, or others that are no server.
    @Tag public static var process: Tag
    /// Takes more than about ten seconds in a debug build.
    @Tag public static var slow: Tag
}

extension Trait where Self == ConditionTrait {
    /// Leaves the suite out of `deploy/test --fast`: each has it that has a tag, in the folders
    /// that the fast run goes through. A tag alone cannot: the runner does not select by tags.
    public static var onlyInFullRuns: Self {
        .disabled(
            if: FastRun.isOn,
            "needs a server, a process or much time: deploy/test without --fast runs it")
    }
}
