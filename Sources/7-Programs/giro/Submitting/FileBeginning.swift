import Deployment

/// What the first bytes of a file say about how it is written.
struct FileBeginning {
    enum Form: Equatable {
        case csv
        /// NDJSON.
        case lines
    }

    /// How many of the first bytes are looked at.
    static let bytesMax = 64 * 1024

    let form: Form
    /// Where the text begins: behind a byte order mark.
    let textOffset: Int

    /// - Throws: ``Failure`` — what kind of file it is instead, and how to make one that is right.
    init(_ bytes: [UInt8], of name: String) throws {
        try Self.check(bytes[...], of: name)
        textOffset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let text = bytes[textOffset...]
        let first = text.first { !Self.blanks.contains($0) }
        let path = name.lowercased()
        let isNamedLines = path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl")
        form = isNamedLines || first == UInt8(ascii: "{") ? .lines : .csv
        guard first != UInt8(ascii: "[") else {
            throw Self.failure(
                name, "is one JSON list: write one transfer a line, without [ and ] (NDJSON)")
        }
        let end = text.firstIndex(of: UInt8(ascii: "\n"))
        if let carriageReturn = text.firstIndex(of: UInt8(ascii: "\r")),
            end.map({ carriageReturn + 1 < $0 }) ?? true, bytes.count < Self.bytesMax || end != nil
        {
            throw Self.failure(
                name,
                "has lines that end with CR alone, as old Macintosh programs write them: save it "
                    + "with line ends of Unix (LF) or Windows (CRLF)")
        }
    }

    /// Looks for what is no text in UTF-8 at all.
    static func check(_ bytes: ArraySlice<UInt8>, of name: String) throws {
        guard let kind = kinds.first(where: { bytes.starts(with: $0.bytes) }) else {
            guard bytes.contains(0) else { return }
            let zeros = bytes.prefix(2).map { $0 == 0 }
            let isUTF16 = zeros.count == 2 && zeros[0] != zeros[1]
            throw failure(
                name, isUTF16 ? utf16 : "has bytes of zero: that is no text. Save it as CSV UTF-8")
        }
        throw failure(name, kind.advice)
    }

    static func failure(_ name: String, _ what: String) -> Failure {
        Failure(.unavailable, "\(name) \(what). Nothing was sent.")
    }

    private static let blanks = [0x20, 0x09, 0x0A, 0x0D].map { UInt8($0) }
    private static let utf16 =
        "is written in UTF-16: save it as UTF-8 (in Excel: \"CSV UTF-8 (comma delimited)\")"
    private static let excel = "is an Excel workbook: save it as \"CSV UTF-8 (comma delimited)\""

    private static let kinds: [(bytes: [UInt8], advice: String)] = [
        ([0xFF, 0xFE, 0, 0], "is written in UTF-32: save it as UTF-8"),
        ([0, 0, 0xFE, 0xFF], "is written in UTF-32: save it as UTF-8"),
        ([0xFF, 0xFE], utf16), ([0xFE, 0xFF], utf16),
        (Array("PK\u{3}\u{4}".utf8), excel), ([0xD0, 0xCF, 0x11, 0xE0], excel),
        ([0x1F, 0x8B], "is compressed: unpack it first, with gunzip"),
        (Array("%PDF".utf8), "is a PDF file: transfers are sent as CSV or NDJSON"),
    ]
}
