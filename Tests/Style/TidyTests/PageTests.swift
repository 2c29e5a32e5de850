import Foundation
import Testing

/// The documentation: what it refers to is there.
struct PageTests {
    @Test("Every link of a page leads to a file, and to a heading in it", arguments: Page.all)
    func links(_ page: Page) {
        for link in page.links {
            let place = page.place(of: link)
            #expect(exists(place.path), "\(link)")
            guard let anchor = place.anchor else { continue }
            #expect(Page(at: place.path)?.anchors.contains(anchor) == true, "\(link)")
        }
    }

    @Test("Every file that a page names is there", arguments: Page.all)
    func paths(_ page: Page) {
        for path in page.namedPaths { #expect(exists(String(path)), "\(path)") }
    }

    @Test("A link that leads nowhere is found")
    func planted() {
        let text = """
            # A page of `code` & more
            ## Twice
            [a](README.md) [b](../README.md#giro) [c](#twice-1) [d](https://nowhere.invalid/x)
            ## Twice
            ```
            # no heading [e](nowhere)
            ```
            `deploy/test --filter A`, `Sources/Nowhere/B.swift:12`, `deploy/*`
            """
        let page = Page(path: "Documentation/Planted.md", text: text)
        #expect(page.anchors == ["a-page-of-code--more", "twice", "twice-1"])
        #expect(page.links == ["README.md", "../README.md#giro", "#twice-1"])
        #expect(page.namedPaths == ["deploy/test", "Sources/Nowhere/B.swift"])
        #expect(page.place(of: "README.md") == .init(path: "Documentation/README.md"))
        #expect(page.place(of: "../README.md#giro") == .init(path: "README.md", anchor: "giro"))
        #expect(page.place(of: "#twice-1") == .init(path: page.path, anchor: "twice-1"))
        #expect(!exists("Documentation/README.md") && exists("README.md") && exists("deploy"))
        #expect(Page(at: "README.md")?.anchors.contains("giro") == true)
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: SourceFile.root.appendingPathComponent(path).path)
    }
}
