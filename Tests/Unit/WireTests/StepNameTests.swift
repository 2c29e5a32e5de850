import Saga
import Testing
import Wire

@Suite("A step's name in a snapshot")
struct StepNameTests {
    private static let steps = [Samples.saga, Samples.namesake, Samples.otherSaga].flatMap { saga in
        [0, 1, 15].map { StepID(saga: saga, number: $0) }
    }

    @Test("is the UUID, the content's hash and one byte for the number", arguments: steps)
    func written(_ step: StepID) {
        let name = step.saga.command.bytes + step.saga.contentHash.bytes + [UInt8(step.number)]
        #expect(name.count == 49)
        #expect(step.wire == name)
    }

    @Test("says the step again", arguments: steps)
    func roundTrip(_ step: StepID) throws {
        #expect(try StepID(wire: step.wire, "it") == step)
    }

    @Test("stays as it is")
    func golden() {
        let text = Hexadecimal.text(of: Samples.namesakeStep.wire)
        #expect(
            text == """
                0190a0b0c0d07e0f8123456789abcdef000102030405060708090a0b0c0d0e0f1011121314151617\
                18191a1b1c1d1e1f01
                """)
    }

    @Test("sorts as the step does")
    func sorted() {
        let names = Self.steps.sorted().map(\.wire)
        #expect(names == names.sorted { $0.lexicographicallyPrecedes($1) })
    }

    private static let name = Samples.step.wire
    private static let withoutNumber = Array(name.dropLast())
    private static let withoutCommand = Array(name.dropFirst(16))

    @Test(
        "is refused",
        arguments: [
            Malformed("empty", []),
            Malformed("without the number", withoutNumber),
            Malformed("with a byte behind the number", name + [0]),
            Malformed("with a number of two bytes", withoutNumber + [0, 1]),
            Malformed("as the UUID and the number alone", Samples.command.bytes + [1]),
            Malformed("of step 16", withoutNumber + [16]),
            Malformed("of step 255", withoutNumber + [255]),
            Malformed("of the nil UUID", [UInt8](repeating: 0, count: 16) + withoutCommand),
        ])
    func malformed(_ malformed: Malformed) {
        #expect(throws: WireError.self) { try StepID(wire: malformed.bytes, "it") }
    }

    @Test("may have any hash, zero included")
    func zeroHash() throws {
        let step = StepID(saga: SagaID(Samples.command, contentHash: .zero), number: 0)
        #expect(try StepID(wire: step.wire, "it") == step)
    }
}
