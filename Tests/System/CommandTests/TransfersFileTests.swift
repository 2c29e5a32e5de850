import APIModels
import Deployment
import Foundation
import Ledger
import Saga
import Testing

@testable import giro

/// What a file of transfers may look like, and what it is called where it may not.
struct TransfersFileTests {
    private static let id = "0197a0b4-0000-7000-8000-000000000001"
    private static let line = "\(id),acct-alice001@bank-a,acct-bobby001@bank-b,,100,EUR,x,1h"

    private func file(_ bytes: [UInt8], _ name: String = "f.csv") throws -> TransfersFile {
        let folder = Banks.newFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return try TransfersFile("\(folder)/\(name)")
    }

    private func lines(_ text: String, _ name: String = "f.csv") throws -> [FileLine] {
        let file = try file(Array(text.utf8), name)
        return (0..<file.count).map { index in
            let line = file.summary(of: index)
            return FileLine(
                number: line.number, id: line.id,
                request: .failure(line.fault ?? .init(.malformed, "")))
        }
    }

    @Test(
        "Ways to write the same transfer are taken",
        arguments: [
            "\(Heading.text)\n\(line)\n", "\(Heading.text)\r\n\(line)\r\n",
            "\u{FEFF}\(Heading.text)\n\(line)", "\n\(Heading.text)\n\n\(line)\n\n   \n,,,,,,,\n",
            "reference,id,from,to,via,amount,currency,timeout\n"
                + "x,\(id),acct-alice001@bank-a,acct-bobby001@bank-b,,100,EUR,1h\n",
            "\"id\",from,to,via,amount,currency,reference,timeout\n"
                + "\"\(id)\",acct-alice001@bank-a,acct-bobby001@bank-b,,\"100\",EUR,\"x\",1h\n",
            "{\"id\":\"\(id)\",\"from\":\"acct-alice001@bank-a\",\"to\":\"acct-bobby001@bank-b\","
                + "\"amount\":100,\"currency\":\"EUR\",\"reference\":\"x\",\"timeout\":\"1h\"}\n\n",
        ])
    func taken(_ text: String) throws {
        let file = try file(Array(text.utf8))
        #expect(file.count == 1)
        let request = try file.line(0).request.get()
        #expect(request.id.description == Self.id)
        #expect(request.amount.minorUnits == 100)
        #expect(request.reference == "x" && request.timeout?.text == "1h" && request.via == nil)
    }

    @Test("An empty timeout, reference and via say nothing")
    func empty() throws {
        let line = "\(Self.id),acct-alice001@bank-a,acct-bobby001@bank-b,,100,EUR,,"
        let request = try file(Array("\(Heading.text)\n\(line)".utf8)).line(0).request.get()
        #expect(request.timeout == nil && request.reference == nil && request.via == nil)
    }

    @Test(
        "A file that is something else is called what it is",
        arguments: [
            ("", "is empty"), ("id;from;to", "separated by semicolons"), ("id\tfrom", "by tabs"),
            ("id|from", "by bars"), ("sep=,\n\(Heading.text)", "remove that line"),
            ("\(Heading.text)\r\(line)\r", "CR alone"), (line, "line 1 is a transfer"),
            ("id,from,to,amount,currency,reference,timeout\n", "\"via\" is missing"),
            ("\(Heading.text),note\n", "no column \"note\""),
            ("\(Heading.text),id\n", "\"id\" stands there twice"),
            ("[{}]", "one JSON list"), ("PK\u{3}\u{4}", "an Excel workbook"),
        ])
    func refused(_ text: String, _ words: String) {
        let failure = #expect(throws: Failure.self) { try file(Array(text.utf8)) }
        #expect(failure?.description.contains(words) == true, "\(failure?.description ?? "")")
        #expect(failure?.description.hasSuffix("Nothing was sent.") == true)
        #expect(failure?.code == .unavailable)
    }

    @Test("UTF-16 is named, with and without a byte order mark", arguments: [true, false])
    func utf16(hasMark: Bool) throws {
        for isBig in [true, false] {
            let bytes = "\(hasMark ? "\u{FEFF}" : "")\(Heading.text)\n".utf16.flatMap {
                let (high, low) = (UInt8($0 >> 8), UInt8($0 & 0xFF))
                return isBig ? [high, low] : [low, high]
            }
            let failure = #expect(throws: Failure.self) { try file(bytes) }
            #expect(failure?.description.contains("UTF-16") == true)
        }
    }

    @Test(
        "A line that is wrong is named with its number, keeps its id, and spoils no other",
        arguments: [
            ("\(line),x", "9 fields"), ("\(id),x", "2 fields"),
            ("\(id);x", "separate them by commas"),
            (line.replacing("x", with: "\"x"), "none closes it"),
            (line.replacing("x", with: "\"\"\""), "none closes it"),
            (Heading.text, "heading once more"), (line.replacing("x", with: "a\"b"), "field 7"),
            (line.replacing("x", with: " \"b\""), "blank stands before"),
            (line.replacing("x", with: "\"b\"c"), "closing quotation mark"),
            (line.replacing("EUR", with: " EUR"), "has a blank"),
            (line.replacing(",100,", with: ",12.00,"), "decimal point"),
            (line.replacing(",100,", with: ",\"1,000\","), "separator"),
            (line.replacing(",100,", with: ",1'000,"), "separator"),
            (line.replacing(",100,", with: ",1e3,"), "exponent"),
            (line.replacing(",100,", with: ",+5,"), "plus sign"),
            (line.replacing(",100,", with: ",007,"), "begins with a zero"),
            (line.replacing(",100,", with: ",,"), "is empty"),
            (line.replacing(",100,", with: ",١٠,"), "another script"),
            (line.replacing("x", with: "a\rb"), "CR inside"),
        ])
    func invalid(_ wrong: String, _ words: String) throws {
        let text =
            "\(Heading.text)\n\"\(Self.id)\",acct-alice001@bank-a,acct-bobby001@bank-b,,1,EUR,"
            + "\"two\nlines\",1h\n\(wrong)\n\(Self.line)\n"
        let read = try lines(text)
        #expect(read.map(\.number) == [2, 4, 5])
        #expect(wrong.hasPrefix(read[1].id) && !read[1].id.isEmpty)
        guard case .failure(let fault) = read[1].request else { return }
        #expect(fault.detail.contains(words), "\(fault.detail)")
    }

    @Test("What is no UTF-8 is named with its byte")
    func latin1() throws {
        let wrong = Array(Self.line.utf8).map { $0 == UInt8(ascii: "x") ? 0xFC : $0 }
        let file = try file(Array("\(Heading.text)\n".utf8) + wrong)
        let fault = try #require(file.summary(of: 0).fault)
        #expect(fault.detail.contains("FC, is no UTF-8"))
    }

    @Test(
        "An invalid line of NDJSON keeps its id, also where it is no JSON",
        arguments: [
            "\"amount\":1.5}", "\"amount\":+5}", "\"amount\":05}", "\"amount\":1,}",
            "\"id\":\"x\"}", "\"reference\":\"\\ud800\"}", "\"reference\":\"\u{0}\"}",
            "\"reference\":\"" + String(repeating: "x", count: 20_000) + "\"}",
        ])
    func ids(_ rest: String) throws {
        // The first line decides what kind of file it is, and is long enough for a zero behind it.
        let first = "{\"id\":\"\(Self.id)\",\"x\":\"\(String(repeating: "x", count: 9_000))\"}\n"
        let text = String(repeating: first, count: 8) + "{\"id\" : \"\(Self.id)\",\(rest)\n"
        #expect(try lines(text, "f.ndjson").map(\.id) == Array(repeating: Self.id, count: 9))
    }

    @Test("A line of CSV that is too long, or has a byte of zero, keeps its id and is invalid")
    func csvIDs() throws {
        for rest in [String(repeating: "x", count: 20_000), "\u{0}"] {
            let good = "\(Self.line)\n"
            let text = "\(Heading.text)\n" + String(repeating: good, count: 900)
                + "\(Self.line)\(rest)\n"
            let last = try #require(try lines(text).last)
            #expect(last.id == Self.id)
            guard case .failure(let fault) = last.request else { return }
            #expect(
                fault.detail.contains(rest == "\u{0}" ? "byte of zero" : "more than"),
                "\(fault.detail)")
        }
    }

    @Test(
        "Nothing in the results is run by a spreadsheet or a terminal",
        arguments: [
            ("=HYPERLINK(1)", "\\u{3D}HYPERLINK(1)"), ("@SUM(1)", "\\u{40}SUM(1)"),
            ("+1", "\\u{2B}1"), ("-1", "\\u{2D}1"), ("\t=1", "\\u{9}=1"), (" =1", " \\u{3D}1"),
            ("a;=1", "a;\\u{3D}1"), ("\"=1", "\"\\u{3D}1"), ("\u{1B}[1m", "\\u{1B}[1m"),
            ("＝1", "\\u{FF1D}1"), (id, id), ("a=b", "a=b"), ("", ""),
        ])
    func inert(_ text: String, _ written: String) {
        #expect(text.inert == written)
    }
}
