package import ServiceLifecycle

/// A node of any kind with its API: what a program needs to run it and to serve it.
package protocol AnsweringNode: Sendable {
    /// What to run, in the order in which to start it; to be shut down the other way round, after
    /// the servers.
    var services: [any Service] { get }

    /// All that its API has.
    func routes(for access: Access) -> RouteTable
}
