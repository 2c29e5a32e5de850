/// A text file that is read line by line: properties, tokens, keys.
///
/// - The text is UTF-8, with or without a byte order mark. What is not, and control characters
///   other than the tab, are refused with the line's number.
/// - A line ends with LF, CR LF or CR alone; the last line may have no end. Lines are found in the
///   bytes: as a `Character`, CR LF is neither a CR nor an LF.
/// - Blanks (spaces and tabs) around a line mean nothing. Empty lines, and lines that begin with
///   `#`, are passed over. Further on in a line `#` is a character like any other, so values may
///   hold it.
///
/// For a file that is one password there is ``password(in:)``, where `#` begins no comment.
public struct LineFile: Hashable, Sendable {
    /// A line that says something, with its place for messages.
    public struct Line: Hashable, Sendable {
        /// As editors count: from 1, with the lines that are passed over.
        public let number: Int
        /// Never empty; without blanks around it.
        public let text: String
    }

    /// More is refused before it is read to its end.
    public static let bytesMax = 1 << 20

    /// What stands in the file, in its order.
    public let lines: [Line]

    /// - Throws: ``LineFileError`` `.notText`, `.tooLarge`.
    public init(_ bytes: some Collection<UInt8>) throws(LineFileError) {
        lines = try Self.rawLines(of: bytes).compactMap { line in
            let text = line.text.withoutBlanksAround
            return text.isEmpty || text.hasPrefix("#") ? nil : Line(number: line.number, text: text)
        }
    }

    /// Reads the file at `path`; a pipe is read to its end.
    ///
    /// - Parameters:
    ///   - path: Where the file is; a link is followed.
    ///   - rights: Which the file must have, or it is refused; `nil`: any.
    /// - Throws: ``LineFileError``.
    public init(path: String, rights: FileRights? = nil) throws(LineFileError) {
        try self.init(Self.bytes(of: path, rights))
    }

    /// The one line of a file that holds a password.
    ///
    /// The whole line is the password, `#` included. Empty lines around it are passed over.
    ///
    /// - Throws: ``LineFileError`` `.malformed`: no line, more than one, or blanks around it, which
    ///   might or might not belong to the password.
    public static func password(
        in bytes: some Collection<UInt8>
    ) throws(LineFileError) -> String {
        let lines = try rawLines(of: bytes).filter { !$0.text.withoutBlanksAround.isEmpty }
        guard let line = lines.first else {
            throw LineFileError(.malformed, "the file is empty; it must hold the password")
        }
        guard lines.count == 1 else {
            throw LineFileError(
                .malformed, line: lines[1].number,
                "is a second line; the file must hold the password and nothing else")
        }
        guard line.text == line.text.withoutBlanksAround else {
            throw LineFileError(
                .malformed, line: line.number, "begins or ends with a blank; remove it")
        }
        return line.text
    }

    /// - Throws: ``LineFileError``, as ``password(in:)``, for a file that cannot be read, and for
    ///   one that others than its owner may use.
    public static func password(path: String) throws(LineFileError) -> String {
        try password(in: bytes(of: path, .owner))
    }

    /// Every line, as it stands in the file.
    private static func rawLines(
        of bytes: some Collection<UInt8>
    ) throws(LineFileError) -> [Line] {
        guard bytes.count <= bytesMax else { throw .tooLarge }
        var rest = bytes[...]
        if rest.starts(with: [0xFE, 0xFF]) || rest.starts(with: [0xFF, 0xFE]) {
            throw LineFileError(.notText, "the file is UTF-16; save it as UTF-8")
        }
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var lines: [Line] = []
        while !rest.isEmpty {
            let end = rest.firstIndex { $0 == carriageReturn || $0 == lineFeed } ?? rest.endIndex
            lines.append(try line(rest[..<end], number: lines.count + 1))
            let endBytes = rest[end...].starts(with: [carriageReturn, lineFeed]) ? 2 : 1
            rest = rest[end...].dropFirst(endBytes)
        }
        return lines
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let tab = UInt8(ascii: "\t")

    private static func line(
        _ bytes: some Collection<UInt8>, number: Int
    ) throws(LineFileError) -> Line {
        guard !bytes.contains(0) else {
            throw LineFileError(.notText, line: number, "holds a NUL byte; save the file as UTF-8")
        }
        guard !bytes.contains(where: { ($0 < 0x20 && $0 != tab) || $0 == 0x7F }) else {
            throw LineFileError(.notText, line: number, "holds a control character; remove it")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LineFileError(.notText, line: number, "is not UTF-8; save the file as UTF-8")
        }
        return Line(number: number, text: text)
    }
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    var withoutBlanksAround: String {
        let text = drop { $0 == " " || $0 == "\t" }
        let end = text.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { String(text[...$0]) } ?? ""
    }
}

/// A file cannot be used as it is. Quotes nothing of the file, which may hold secrets.
public struct LineFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault, by what the operator has to do.
    public enum Code: String, Hashable, Sendable {
        case missing
        /// The system does not let this process read it.
        case unreadable
        /// Others than its owner may use it in a way that they must not.
        case tooOpen
        /// It belongs to another user.
        case foreign
        case unwritable
        case tooLarge
        /// It is not UTF-8, or holds control characters.
        case notText
        /// It is text, but not of the form that is wanted.
        case malformed
    }

    /// The kind of fault.
    public let code: Code
    /// What is wrong and what to do, to stand behind the file's name and a colon.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// - Parameters:
    ///   - code: The kind of fault.
    ///   - line: The number of the line, from 1.
    ///   - message: What the line is or does, as "is not UTF-8".
    public init(_ code: Code, line: Int, _ message: String) {
        self.init(code, "line \(line) \(message)")
    }

    static let tooLarge = LineFileError(
        .tooLarge, "the file has more than \(LineFile.bytesMax) bytes")

    /// The message alone: callers put the file's name before it.
    public var description: String { message }
}
