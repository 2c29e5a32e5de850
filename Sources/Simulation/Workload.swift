/// What clients and operators do in a run.
public struct Workload: Sendable {
    /// 2 to 4; `nil`: as the seed says.
    public var nodes: Int?
    public var transfers = 40
    /// How long the clients go on, in virtual seconds. Faults stop with them.
    public var seconds: Int64 = 30
    /// How long all sagas may then take to end.
    public var calmSecondsMax: Int64 = 1_200

    public init() {}
}
