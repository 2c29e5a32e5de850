package import MessageBus
package import TopicDeclarations

extension NodeOptions {
    /// The bank's inbox and journal as they are declared, on as many brokers as its settings say.
    ///
    /// - Parameter folder: Of declarations; `nil`: those that the program was built with.
    package func topics(declaredIn folder: String? = nil) throws(TopicCatalogueError) -> [Topic] {
        let declared =
            if let folder {
                try TopicCatalogue(folder: folder).topics(for: [node])
            } else {
                [Topic.transfers(of: node), .journal(of: node)]
            }
        guard let replication else { return declared }
        return declared.map { $0.held(by: replication) }
    }
}
