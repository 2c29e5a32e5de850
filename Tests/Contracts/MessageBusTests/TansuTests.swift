import RDKafka
import TestServers
import TestTags
import Testing

let librarySpeaksToTansu = speaksToTansu(libraryVersion: libraryVersion)

extension Trait where Self == ConditionTrait {
    static var needsTansu: Self {
        .enabled(
            if: librarySpeaksToTansu,
            """
            librdkafka before 2.1.1 cannot speak to Tansu: deploy/test runs this suite again with \
            a newer one
            """)
    }
}

@Suite(.tags(.kafka), .onlyInFullRuns) struct TansuTests {
    @Test(.needsTansu)
    func `The contract is tested on a second broker`() async throws {
        #expect(BusKind.allCases.contains(.tansu))
    }
}
