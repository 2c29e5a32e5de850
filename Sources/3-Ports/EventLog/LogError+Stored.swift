package import Chain
import Wire

extension Commit {
    /// A commit as a store holds it: ``Chain/Commit/init(headerBytes:signature:entries:)``.
    ///
    /// - Throws: ``LogError`` `.corrupt`.
    package init(
        stored headerBytes: [UInt8], signature: [UInt8], entries: [Entry]
    ) throws(LogError) {
        do throws(WireError) {
            try self.init(headerBytes: headerBytes, signature: signature, entries: entries)
        } catch {
            throw LogError(.corrupt, error.description, cause: error)
        }
    }
}
