import Foundation
import LineFiles
import Testing

struct LineFileTests {
    private static let mark = "\u{FEFF}"

    @Test(
        "Lines are the same however the file was saved",
        arguments: [
            "# words\none\ntwo words\n", "# words\r\none\r\ntwo words\r\n",
            "# words\rone\rtwo words\r", mark + "# words\none\ntwo words", mark
                + "# words\r\none\r\ntwo words",
            "one\n\n\ntwo words\n\n", "one\r\n\r\ntwo words\r\n\r\n", "one\r\rtwo words\r\r",
            "  one\t\n\t two words  ", "one\n   # an indented comment\ntwo words",
            "one\r\n\t# an indented comment\r\ntwo words", "one\r\ntwo words\n", "one\rtwo words\n",
            "one\n#\n \t \ntwo words",
        ])
    func sameLines(_ text: String) throws {
        #expect(try LineFile(text.utf8).lines.map(\.text) == ["one", "two words"])
    }

    @Test("Lines are counted as editors count them", arguments: ["\n", "\r\n", "\r"])
    func numbers(_ end: String) throws {
        let text = Self.mark + ["# first", "", "third", "  ", "fifth"].joined(separator: end)
        let lines = try LineFile(text.utf8).lines
        #expect(lines.map(\.number) == [3, 5])
        #expect(lines.map(\.text) == ["third", "fifth"])
    }

    @Test("A line may hold a # that does not begin it")
    func sharps() throws {
        #expect(try LineFile("a#b # c\n".utf8).lines.map(\.text) == ["a#b # c"])
    }

    @Test("An empty file has no lines", arguments: ["", mark, "\r\n", "# a", " \n\t"])
    func empty(_ text: String) throws {
        #expect(try LineFile(text.utf8).lines.isEmpty)
    }

    @Test(
        "What is not text is refused by line",
        arguments: [
            ([0x61, 0x0D, 0x0A, 0xFF], "line 2 is not UTF-8; save the file as UTF-8"),
            ([0x61, 0x0D, 0xC3], "line 2 is not UTF-8; save the file as UTF-8"),
            ([0x23, 0xE4, 0x0A], "line 1 is not UTF-8; save the file as UTF-8"),
            ([0x61, 0x0A, 0x0A, 0x62, 0], "line 3 holds a NUL byte; save the file as UTF-8"),
            ([0x61, 0x1B], "line 1 holds a control character; remove it"),
            ([0x7F], "line 1 holds a control character; remove it"),
            ([0xFF, 0xFE, 0x61, 0], "the file is UTF-16; save it as UTF-8"),
            ([0xFE, 0xFF, 0, 0x61], "the file is UTF-16; save it as UTF-8"),
        ] as [([UInt8], String)])
    func notText(_ bytes: [UInt8], _ message: String) {
        let error = #expect(throws: LineFileError.self) { try LineFile(bytes) }
        #expect(error?.code == .notText)
        #expect(error?.message == message)
    }

    @Test("A large file is refused")
    func large() {
        let error = #expect(throws: LineFileError.self) {
            try LineFile([UInt8](repeating: 0x20, count: LineFile.bytesMax + 1))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test("A file that cannot be read is named as such")
    func unreadable() {
        let path = FileManager.default.temporaryDirectory.path
        let missing = #expect(throws: LineFileError.self) {
            try LineFile(path: path + "/no/such/file")
        }
        #expect(missing?.code == .missing)
        #expect(missing?.message == "cannot be read: No such file or directory")
        let folder = #expect(throws: LineFileError.self) { try LineFile(path: path) }
        #expect(folder?.code == .unreadable)
        #expect(folder?.message == "cannot be read: Is a directory")
    }
}

struct PasswordFileTests {
    @Test(
        "A password is the whole line",
        arguments: [
            ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"),
            ("\u{FEFF}hunter2\r", "hunter2"), ("\n\nhunter2\n \n", "hunter2"),
            ("#not a comment\n", "#not a comment"), ("a#b=c d", "a#b=c d"), ("größe\n", "größe"),
        ])
    func line(_ text: String, _ password: String) throws {
        #expect(try LineFile.password(in: text.utf8) == password)
    }

    private static let second =
        "line 2 is a second line; the file must hold the password and nothing else"

    @Test(
        "What may be no password is refused",
        arguments: [
            ("", "the file is empty; it must hold the password"),
            ("\r\n \r\n", "the file is empty; it must hold the password"),
            ("one\r\ntwo\r\n", second), ("# comment\nsecret\n", second),
            ("secret \n", "line 1 begins or ends with a blank; remove it"),
            ("\n\tsecret\n", "line 2 begins or ends with a blank; remove it"),
            ("sec\0ret", "line 1 holds a NUL byte; save the file as UTF-8"),
        ])
    func refused(_ text: String, _ message: String) {
        let error = #expect(throws: LineFileError.self) { try LineFile.password(in: text.utf8) }
        #expect(error?.message == message)
    }
}

struct PropertyFileTests {
    private static func settings(_ text: String) throws -> [String: String] {
        try PropertyFile(try LineFile(text.utf8)).settings
    }

    @Test(
        "Settings are the same however the file was saved",
        arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func settings(_ end: String, _ mark: String) throws {
        let lines = ["# TLS", "security.protocol=ssl", "", "  ssl.ca.location = /ca.pem\t", ""]
        #expect(
            try Self.settings(mark + lines.joined(separator: end))
                == ["security.protocol": "ssl", "ssl.ca.location": "/ca.pem"])
    }

    @Test("A value may hold = and #, and blanks inside")
    func values() throws {
        #expect(
            try Self.settings("sasl.password=a=b #c\nx = #d")
                == ["sasl.password": "a=b #c", "x": "#d"])
    }

    @Test(
        "What is not clear is refused, and no value is shown",
        arguments: [
            ("# a\r\nhunter2", "line 2 is not a setting; use name=value"),
            ("=hunter2", "line 1 is not a setting; use name=value"),
            (" = hunter2", "line 1 is not a setting; use name=value"),
            ("sasl.password: hunter2", "line 1 is not a setting; use name=value"),
            ("a=hunter2\r\n\r\na = hunter3",
             "line 3 sets a again, after line 1; remove one of them"),
            ("a=\n", "line 1 gives a no value; give it one, or remove the line"),
            ("a = \t\r\n", "line 1 gives a no value; give it one, or remove the line"),
        ])
    func refused(_ text: String, _ message: String) {
        let error = #expect(throws: LineFileError.self) { try Self.settings(text) }
        #expect(error?.code == .malformed)
        #expect(error?.message == message)
    }
}
