package import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SwiftProtobuf.Message {
    /// Decodes `bytes`. Fields this version does not know are kept, for ``isAllKnown``.
    package init(wire bytes: [UInt8]) throws(WireError) {
        do {
            try self.init(serializedBytes: bytes)
        } catch {
            throw WireError("it is no \(Self.protoMessageName): \(error)")
        }
    }

    /// The fields in ascending order of their numbers: equal messages have equal bytes.
    package func wireBytes() -> [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            preconditionFailure("a message without required fields below 2 GiB encodes: \(error)")
        }
    }

    /// Whether this version knows all fields that stand here. Messages inside this one are not
    /// looked at: each is asked where it is read.
    package var isAllKnown: Bool { unknownFields.data.isEmpty }

    /// - Throws: ``isAllKnown`` is false.
    package func requireAllKnown() throws(WireError) {
        guard isAllKnown else {
            throw WireError("\(Self.protoMessageName) has unknown fields")
        }
    }
}
