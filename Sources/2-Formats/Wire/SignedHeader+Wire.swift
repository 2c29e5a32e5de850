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

    /// The protobuf message that carries it.
    package var wire: Giro_Transfers_V1_SignedHeader {
        var wire = Giro_Transfers_V1_SignedHeader()
        wire.header = .init(wire: bytes)
        wire.signature = .init(wire: signature)
        return wire
    }
}
