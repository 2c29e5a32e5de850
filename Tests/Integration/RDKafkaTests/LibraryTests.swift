import RDKafka
import Testing

@Test("The library is one that is tested") func version() {
    #expect(libraryVersion.hasPrefix("2."))
}
