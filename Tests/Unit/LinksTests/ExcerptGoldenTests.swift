import Chain
import Links
import Saga
import Testing
import Wire

/// The format as it is on topics and in logs. When one of these fails, the format has changed:
/// peers of another version cannot read it, and the leaves of logs that exist are others.
@Suite("The format of a link stays as it is") struct ExcerptGoldenTests {
    @Test("of an excerpt")
    func excerpt() throws {
        let log = try ExcerptSample.log(
            of: Cast.bankA,
            [[Cast.step(1, size: 0)], [.own, Cast.step(2, size: 0)], [Cast.step(3)]])
        var parts = ExcerptParts(
            try log.excerpt(
                of: log.numbered([2, 3], for: Cast.bankB), naming: log.commits[0].header.name
            ).excerpt)
        // Some libraries sign with randomness; a signature's bytes are not part of the format.
        parts.signature = [UInt8](repeating: 0x5a, count: 64)
        #expect(
            Hexadecimal.text(of: try parts.excerpt().encoded()) == """
                0af2010aad010802120662616e6b2d611a0834750f98bd59fcfc28013003380440044880d095ffbc\
                3152200f23de535b4c088e24ac21a9c6eac01e2a55dd55f8605a87f89e29df2c32e3375a20ebab15\
                f3a43f94b5b33f5965953073c646056f782ef69aa06df5f993ed6345626220053c17e5eca02f0f25\
                c291d3202de15dbc7288a50fbb2ec84e17728db2c0ec146a20e3b0c44298fc1c149afbf4c8996fb9\
                2427ae41e4649b934ca495991b7852b855706412405a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\
                5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\
                5a5a5a5a5a12440a20cb1f67982ba8ed600add79fe1b82fd1447c4e139df15669c0eb60166ad9f88\
                f61220ccc7925e6f19817db9fb01a7e93a85d08ee5dd46c288f09499ac0300c9c2596a1aed020aad\
                010802120662616e6b2d611a0834750f98bd59fcfc28013002380240034880d095ffbc315220cb1f\
                67982ba8ed600add79fe1b82fd1447c4e139df15669c0eb60166ad9f88f65a20769c485b78283b7b\
                506f0cd5205bc433abcebe8002df133e982b448f55d049b16220fb1ec58ef75a156ee3be1559657f\
                a28827144ed062d78f47a151bb5a7b9f7e286a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4\
                649b934ca495991b7852b85570641220fb1ec58ef75a156ee3be1559657fa28827144ed062d78f47\
                a151bb5a7b9f7e281a7708031210000000000000000700000000000000021a20ddce5ed8c7a3707a\
                9deac0a8ec37a2142de7feff19d1abadef83f0cc94de778c22340a0662616e6b2d6210021a067374\
                6570203242209597d898814f165b7ed6118722c24271fec8c1254d46e437ad6ab24050763e2d2a09\
                636f6e74656e742032222026e30dd41f93e2b1067e847c4705cdfc15be9cde06d834856bd9fbb29f\
                d709d51a8e011a8b0108041210000000000000000700000000000000031a20af99039f48c75c8142\
                d4714598c1c3758bdc859ca0f46ebefc00b30897b7c6c922340a0662616e6b2d6210031a06737465\
                70203342206fe05f292e76de369ff48818d0f035ccda8f8c3e6253ea4b4a086dc8ecb26fd32a1d63\
                6f6e74656e7420330101010101010101010101010101010101010101
                """)
    }

    @Test("of a leaf")
    func leaf() throws {
        let entry = try ShownEntry(
            position: Position(0x0102), saga: CommandID(high: 1, low: 2), keptHash: .sha256(of: []),
            shown: Shown(to: Cast.bankB, number: 1, .step([7])).encoded(), content: [])
        #expect(
            Hexadecimal.text(of: entry.leaf.bytes)
                == "456295e643701a3fc793675dc3e4172ec04e9e98a9042fc77b678cba945af46a")
        let bare = try ShownEntry(
            position: Position(1), saga: nil, keptHash: .zero, shown: entry.shown, content: [])
        #expect(
            Hexadecimal.text(of: bare.leaf.bytes)
                == "4686516f261d4ea6c51269318fc815564a64ba50c760e037f1ec52960187a68f")
    }

    private static let name = HeaderName(commit: 300, hash: .sha256(of: [9]))
    private static let timeline = TimelineName(number: 2, fork: Cast.fork(5))

    @Test(
        "of each kind of shown entry",
        arguments: [
            (Shown(to: Cast.bankB, number: 1, .step([1, 2])), "0a0662616e6b2d6210011a020102"),
            (
                Shown(to: Cast.bankB, number: 1, .step([]), contentHash: .sha256(of: [3])),
                """
                0a0662616e6b2d6210011a004220084fed08b978af4d7d196a7446a86b58009e636b611db16211b6\
                5a9aadff29c5
                """
            ),
            (
                Shown(to: Cast.bankB, Read(number: 7, header: name, acknowledged: 3)),
                """
                0a0662616e6b2d622229080712202b4c342f5433ebe591a1da77e013d1b72475562d48578dca8b84\
                bac6651c3cb918ac022003
                """
            ),
            (
                Shown(to: Cast.bankB, Read(number: 0, header: name, acknowledged: 0)),
                """
                0a0662616e6b2d62222512202b4c342f5433ebe591a1da77e013d1b72475562d48578dca8b84bac6\
                651c3cb918ac02
                """
            ),
            (
                Shown(to: Cast.bankB, number: 300, .key(Cast.key(2).publicKey)),
                """
                0a0662616e6b2d6210ac022a220a208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25d\
                f60f5b8fc9b394
                """
            ),
            (
                Shown(
                    to: Cast.bankB, number: 4,
                    .timeline(
                        NewTimeline(
                            timeline, position: Position(8), commitHash: name.hash,
                            earlier: [.init(timeline: 1, number: 2, position: Position(3))]))),
                """
                0a0662616e6b2d62100432400802121005050505050505050505050505050505180822202b4c342f\
                5433ebe591a1da77e013d1b72475562d48578dca8b84bac6651c3cb92a06080110021803
                """
            ),
            (
                Shown(
                    to: Cast.bankB, number: 1,
                    .timeline(NewTimeline(timeline, position: .start, commitHash: .zero))),
                """
                0a0662616e6b2d621001323608021210050505050505050505050505050505052220000000000000\
                0000000000000000000000000000000000000000000000000000
                """
            ),
            (
                Shown(to: Cast.bankB, number: 5, .accepted(Accepted(timeline, own: nil))),
                """
                0a0662616e6b2d6210053a140802121005050505050505050505050505050505
                """
            ),
            (
                Shown(
                    to: Cast.bankB, number: UInt64(Int64.max),
                    .accepted(Accepted(timeline, own: .init(number: 1, fork: Cast.fork(6))))),
                """
                0a0662616e6b2d6210ffffffffffffffff7f3a280802121005050505050505050505050505050505\
                1801221006060606060606060606060606060606
                """
            ),
        ])
    func shown(shown: Shown, golden: String) throws {
        #expect(Hexadecimal.text(of: shown.encoded()) == golden)
        let bytes = try #require(Hexadecimal.bytes(of: golden))
        #expect(try Shown(decoding: bytes) == shown)
    }
}
