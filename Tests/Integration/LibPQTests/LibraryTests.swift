import LibPQ
import Testing

@Test("The library is one that knows pipelines") func version() throws {
    let major = try #require(libraryVersion.split(separator: ".").first.flatMap { Int($0) })
    #expect(major >= 14)
}
