package import MessageBus
package import Saga
package import TopicDeclarations

extension NodeOptions {
    /// The topics of the bank and its peers as they are declared, on as many brokers as its
    /// settings say.
    ///
    /// - Parameters:
    ///   - peers: The bank's.
    ///   - folder: Of declarations; `nil`: those that the program was built with.
    package func topics(
        with peers: [NodeName], declaredIn folder: String? = nil
    ) throws(TopicCatalogueError) -> [Topic] {
        let declared =
            if let folder {
                try TopicCatalogue(folder: folder).topics(of: node, peers: peers)
            } else {
                Topic.all(of: node, peers: peers)
            }
        let named = declared.map { $0.prefixed(by: bus.topicPrefix) }
        guard let replication else { return named }
        return named.map { $0.held(by: replication) }
    }
}
