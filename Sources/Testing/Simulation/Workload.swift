/// What clients do in a run, and for how long.
public struct Workload: Hashable, Sendable {
    /// 2 to 7; `nil`: as the seed says.
    public var nodes: Int?
    /// Sagas that clients begin.
    public var sagas = 40
    /// The time that clients continue, in virtual seconds. Faults stop with them.
    public var seconds: Int64 = 30
    /// How long all sagas may then take to end, in virtual seconds.
    public var calmSecondsMax: Int64 = 1_800

    /// Starts from the defaults; every field can be set.
    public init() {}
}
