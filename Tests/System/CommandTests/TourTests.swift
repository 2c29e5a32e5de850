import Foundation
import TestTags
import Testing

/// What README says to copy and paste.
@Suite(.serialized, .tags(.process))
struct TourTests {
    @Test("The tour, and the transfer by curl, run as README has them")
    func tour() async throws {
        let folder = Banks.newFolder()
        // A second may be too short for a debug build.
        let ready = """
            until [ "$(giro doctor --directory ~/giro-banks | grep -c 'running and ready')" = 2 ]
            do sleep 0.1; done
            """
        let tour = try Manual.example(under: "A tour in ten lines")
        let transfer = try Manual.example(under: "One transfer by curl")
        let ending = try await Program.shell(
            """
            set -euo pipefail
            unset -f giro  # Banks that run in the background have to be the program itself.
            mkdir \(folder); cd \(folder)
            export HOME=$PWD PATH="\(Program.url.deletingLastPathComponent().path):$PATH"
            # The tour ends the banks itself, unless it fails before.
            trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
            \(tour.replacing("sleep 1", with: ready))
            \(transfer)
            """)
        #expect(ending.code == 0, "\(ending)")
        #expect(ending.output.contains("applied, settled"), "\(ending)")
        #expect(ending.output.contains(#""state":"settled","verdict":"applied""#), "\(ending)")
        #expect(ending.output.contains("verified"), "\(ending)")
        try FileManager.default.removeItem(atPath: folder)
    }
}
