import GeneratedWire
import Links
import SwiftProtobuf
import Testing

/// The codec written by hand and the one that protobuf makes of links.proto have the same bytes.
@Suite("Two codecs of links agree") struct LinksOracleTests {
    @Test("about excerpts")
    func excerpts() throws {
        for excerpt in try ExcerptWireTests.excerpts(of: ExcerptSample()) {
            #expect(try agrees(excerpt.encoded(), Giro_Links_V1_Excerpt.self))
        }
    }

    @Test("about what entries show", arguments: ShownTests.all)
    func shown(_ shown: Shown) throws {
        #expect(try agrees(shown.encoded(), Giro_Links_V1_Shown.self))
    }

    private func agrees<Oracle: SwiftProtobuf.Message>(
        _ bytes: [UInt8], _: Oracle.Type
    ) throws -> Bool {
        // Fields that it does not know are dropped, so they would be missing.
        try Oracle(wire: bytes).wireBytes() == bytes
    }
}
