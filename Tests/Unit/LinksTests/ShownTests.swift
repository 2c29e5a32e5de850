import Chain
import Links
import Saga
import Testing
import Wire

@Suite struct ShownTests {
    static let name = HeaderName(commit: 9, hash: .sha256(of: [9]))
    static let timeline = TimelineName(number: 2, fork: Cast.fork(5))
    static let all: [Shown] = [
        Shown(to: Cast.bankB, number: 1, .step([])),
        Shown(to: Cast.bankB, number: 2, .step([1, 2]), contentHash: .sha256(of: [3])),
        Shown(to: Cast.bankB, Read(number: 7, header: name, acknowledged: 3)),
        Shown(to: Cast.bankB, Read(number: 0, header: name, acknowledged: 0)),
        Shown(to: Cast.bankB, number: 3, .key(Cast.key(2).publicKey)),
        Shown(
            to: Cast.bankB, number: 4,
            .timeline(NewTimeline(timeline, position: Position(8), commitHash: name.hash))),
        Shown(
            to: Cast.bankB, number: 4,
            .timeline(NewTimeline(timeline, position: .start, commitHash: .zero))),
        Shown(to: Cast.bankB, number: 5, .accepted(Accepted(timeline, own: nil))),
        Shown(
            to: Cast.bankB, number: UInt64(Int64.max),
            .accepted(Accepted(timeline, own: timeline))),
    ]

    @Test("What is shown is read as it was written", arguments: all)
    func roundTrip(shown: Shown) throws {
        #expect(try Shown(decoding: shown.encoded()) == shown)
    }

    @Test("What a later version says has its number, and is not understood")
    func later() throws {
        var writer = MessageWriter()
        writer.write("bank-b", 1)
        writer.write(6 as UInt64, 2)
        writer.write(element: [1, 2, 3], 99)
        let shown = try Shown(decoding: writer.bytes)
        #expect(shown.number == 6 && shown.what == .notUnderstood && shown.contentHash == nil)
    }

    @Test("A read with a number, and a step without one, say nothing")
    func misplaced() throws {
        var numbered = MessageWriter()
        numbered.write("bank-b", 1)
        numbered.write(6 as UInt64, 2)
        numbered.write(4) { read in
            read.write(7 as UInt64, 1)
            read.write(Self.name.hash.bytes, 2)
            read.write(9 as UInt64, 3)
        }
        let read = try Shown(decoding: numbered.bytes)
        #expect(read.number == 6 && read.what == .notUnderstood)
        var bare = MessageWriter()
        bare.write("bank-b", 1)
        bare.write(element: [1], 3)
        let step = try Shown(decoding: bare.bytes)
        #expect(step.number == nil && step.what == .notUnderstood)
    }

    @Test("No addressee, or a number that no log reaches, is refused")
    func refused() {
        var writer = MessageWriter()
        #expect(throws: WireError.self) { try Shown(decoding: writer.bytes) }
        writer.write("bank-b", 1)
        writer.write(UInt64.max, 2)
        #expect(throws: WireError.self) { try Shown(decoding: writer.bytes) }
    }

    @Test("No bytes trap, and what is read is written the same", arguments: all)
    func mutations(shown: Shown) {
        let bytes = shown.encoded()
        for place in bytes.indices {
            for change in [1, 2, 8, 64, 128, 255] as [UInt8] {
                var changed = bytes
                changed[place] ^= change
                guard let read = try? Shown(decoding: changed) else { continue }
                guard read.what != .notUnderstood else { continue }
                #expect(read.encoded() == changed)
            }
            _ = try? Shown(decoding: Array(bytes[..<place]))
        }
    }
}
