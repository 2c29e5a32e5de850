import LineFiles
import Testing

struct UnixUserTests {
    @Test("Root has a name on every machine, a number without a user is its own name")
    func names() {
        #expect(UnixUser(id: 0).name == "root")
        #expect(UnixUser(id: 4_000_000_123).name == "4000000123")
    }
}
