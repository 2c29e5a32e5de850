package import Chain
import Saga
import Wire

extension Commit {
    /// A commit as a store holds it: ``Chain/Commit/init(headerBytes:signature:body:)``.
    ///
    /// - Parameter range: The positions in the row's own columns, by which it was found.
    /// - Throws: ``LogError`` `.corrupt`.
    package init(
        stored headerBytes: [UInt8], signature: [UInt8], body: [UInt8],
        at range: (first: UInt64, last: UInt64)
    ) throws(LogError) {
        do throws(WireError) {
            try self.init(headerBytes: headerBytes, signature: signature, body: body)
        } catch {
            throw LogError(.corrupt, error.description, cause: error)
        }
        guard header.first.number == range.first, header.last.number == range.last else {
            throw LogError(
                .corrupt,
                """
                The row of entries \(range.first) to \(range.last) holds the commit of entries \
                \(header.first) to \(header.last): restore the log from the journal or a backup.
                """)
        }
    }
}
