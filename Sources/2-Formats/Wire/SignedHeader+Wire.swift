package import Saga

extension SignedHeader {
    /// A header has a few hundred bytes; what is longer is none.
    package static var bytesMax: Int { 1024 }

    /// - Throws: The lengths are not those of a signed header.
    package init(
        header: some Collection<UInt8>, _ signature: some Collection<UInt8>
    ) throws(WireError) {
        guard (1...Self.bytesMax).contains(header.count), signature.count == 64 else {
            throw WireError("a signed header has \(header.count) and \(signature.count) bytes")
        }
        self.init(bytes: Array(header), signature: Array(signature))
    }

    /// The fields of a `SignedHeader` (links.proto).
    ///
    /// - Parameter field: The first of the two, where another message has them among its own.
    package func write(to writer: inout MessageWriter, at field: Int = 1) {
        writer.write(bytes, field)
        writer.write(signature, field + 1)
    }

    /// Reads the fields that ``write(to:at:)`` writes, and leaves the message's end to the caller.
    package init(from reader: inout MessageReader, at field: Int = 1) throws(WireError) {
        try self.init(header: try reader.bytes(field), try reader.bytes(field + 1))
    }
}
