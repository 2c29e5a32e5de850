import AccessControl
import LineFiles

@testable import Deployment
@testable import giro

extension Target {
    /// Settings of librdkafka's.
    static let properties = Target("properties", .text, rounds: 500) { bytes in
        let settings: [String: String]
        do {
            settings = try PropertyFile(LineFile(bytes)).settings
        } catch is LineFileError { return false }
        for (name, value) in settings {
            try hold("a setting has no name", !name.isEmpty && !name.hasPrefix("#"))
            try hold("\(name) has no value", !value.isEmpty)
            let controls = (name + value).utf8.filter { $0 < 0x20 && $0 != 9 }
            try hold("\(name) has two lines", controls.isEmpty)
        }
        let text = settings.map { "\($0)=\($1)\r\n" }.joined()
        let again = try PropertyFile(LineFile(text.utf8)).settings
        try hold("it is not the same again", again == settings)
        return true
    }

    /// Tokens of the API: written again, no entry is lost.
    static let tokens = Target("tokens", .text, rounds: 500) { bytes in
        let file: TokenFile
        do {
            file = try TokenFile(bytes)
        } catch is TokenFileError { return false }
        try hold("it is not the same again", try TokenFile(Array(file.text.utf8)) == file)
        let ends = bytes.split { $0 == 0x0A || $0 == 0x0D }
        let entries = ends.filter { line in
            let text = line.drop { $0 == 0x20 || $0 == 0x09 || $0 > 0x7F }
            return !text.isEmpty && text.first != UInt8(ascii: "#")
        }
        try hold("a line was passed over", file.entries.count == entries.count)
        return true
    }

    /// Keys.
    static let keys = Target("keys", .text, rounds: 500) { bytes in
        let keys: [[UInt8]]
        do {
            keys = try KeyFile.keys(in: LineFile(bytes))
        } catch is LineFileError { return false }
        try hold("there is none", !keys.isEmpty)
        try hold("one is not whole", keys.allSatisfy { $0.count == KeyFile.bytesCount })
        return true
    }

    /// A password.
    static let password = Target("password", .text, rounds: 500) { bytes in
        let password: String
        do {
            password = try LineFile.password(in: bytes)
        } catch is LineFileError { return false }
        try hold("it is empty", !password.isEmpty)
        try hold(
            "it has two lines or a NUL", !password.utf8.contains { [0, 10, 13].contains($0) })
        try hold("blanks stand around it", password.first != " " && password.last != " ")
        return true
    }
}
