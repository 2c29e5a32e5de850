import Foundation
import Testing

/// README against the sources.
struct ReadmeTests {
    @Test("README's table has every setting that is read, and no other")
    func settings() throws {
        let source = Readme.root.appending(path: "Sources/giro/Folder/NodeOptions.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        let named = text.matches(of: /(?:forKey: |reader, )"([A-Za-z.]+)"/)
        let read = Set(named.map { String($0.output.1) })
        #expect(read.count > 20, "the settings are read in another way: mend this test")
        // `count` takes a setting's name as its second argument, on the same line or the next.
        let more = text.matches(of: /count\(\s*reader,\s*"([A-Za-z.]+)"/)
        let all = read.union(more.map { String($0.output.1) })
        let rows = try Readme.rows(under: "Configuration")
        let shown = rows.map { $0[0].trimmingCharacters(in: ["`"]) }
        #expect(Set(shown) == all)
        #expect(shown.count == all.count)
        for row in rows {
            let setting = row[0].trimmingCharacters(in: ["`"])
            let words = setting.replacing(/[A-Z]/) { "_" + $0.output }.replacing(".", with: "_")
            #expect(row[1] == "`GIRO_\(words.uppercased())`")
        }
    }
}
