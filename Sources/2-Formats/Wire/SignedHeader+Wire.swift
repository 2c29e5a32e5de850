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

    /// The fields of a `SignedHeader` (transfers.proto).
    package func write(to writer: inout MessageWriter) {
        writer.write(bytes, 1)
        writer.write(signature, 2)
    }

    /// Reads such a message, whole or as far as this version knows it.
    package init(from reader: inout MessageReader) throws(WireError) {
        try self.init(header: try reader.bytes(1), try reader.bytes(2))
    }
}
