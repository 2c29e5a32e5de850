import Foundation
import Testing

@testable import Deployment
@testable import giro

/// The manual against the sources.
struct ManualTests {
    @Test("The table of settings has every one that is read, and no other")
    func settings() throws {
        let rows = try Manual.rows(under: "Configuration")
        let shown = rows.map { $0[0].trimmingCharacters(in: ["`"]) }
        #expect(shown.sorted() == Setting.all.map(\.name).sorted())
        for row in rows {
            let name = row[0].trimmingCharacters(in: ["`"])
            guard let setting = Setting.byName[name] else { continue }
            #expect(row[1] == (setting.variable.map { "`\($0)`" } ?? "none"))
            if case .count(let standard, _) = setting.kind { #expect(row[2] == "\(standard)") }
        }
    }
}
