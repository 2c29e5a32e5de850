package import SwiftProtobuf

extension SwiftProtobuf.Message {
    /// Reads `bytes`; fields that the message does not know are dropped.
    package init(wire bytes: [UInt8]) throws {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        try self.init(serializedBytes: bytes, options: options)
    }

    /// As protobuf's own code writes the message.
    package func wireBytes() throws -> [UInt8] { try serializedBytes() }
}
