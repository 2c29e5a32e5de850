import APIModels
import Foundation
import Saga

/// Cuts a file into records: its lines; and in CSV several lines where a line break stands inside
/// quotation marks (RFC 4180).
///
/// A quotation mark that is not closed spoils its own line only. Lines are made one only if they
/// are a whole record together, and none of those behind the first has a UUID: that would be a
/// separate transfer.
struct RecordReader {
    struct Record {
        /// Without the line end; at most ``bytesMax``.
        let bytes: [UInt8]
        /// Of its first byte in the file.
        let offset: Int64
        /// Its first line, as an editor counts: from 1, every line break in the file.
        let line: Int
        /// It was longer than ``bytesMax``, and the rest was passed over.
        let isCut: Bool
    }

    /// As much as a bank takes for one transfer.
    static let bytesMax = RequestLimits.lineBytesMax

    private struct Position {
        var offset: Int64
        var line = 1
        var chunk: ArraySlice<UInt8> = []
    }

    private struct Line {
        var bytes: [UInt8] = []
        var isCut = false
    }

    private let input: InputFile
    private var position: Position
    /// How many fields a record of several lines must have; `nil`: there is none.
    var fieldsCount: Int?

    /// - Parameter offset: Where the first record begins.
    init(_ input: InputFile, from offset: Int) {
        self.input = input
        position = Position(offset: Int64(offset))
    }

    /// - Returns: `nil` at the end of the file.
    mutating func next() throws -> Record? {
        let start = position
        guard let first = try nextLine() else { return nil }
        let bytes = try wholeRecord(from: first) ?? first.bytes
        return Record(
            bytes: Array(Self.withoutReturn(bytes)), offset: start.offset, line: start.line,
            isCut: first.isCut)
    }

    /// The record of several lines that begins with `first`; if there is none, nothing is read.
    private mutating func wholeRecord(from first: Line) throws -> [UInt8]? {
        guard let fieldsCount, !first.isCut, Self.isOpen(first.bytes) else { return nil }
        let behindFirst = position
        var bytes = first.bytes
        while let line = try nextLine(), !line.isCut, !Self.hasUUID(line.bytes) {
            bytes += [UInt8(ascii: "\n")] + line.bytes
            guard bytes.count <= Self.bytesMax else { break }
            if Self.isOpen(bytes) { continue }
            let text = String(validating: Self.withoutReturn(bytes), as: UTF8.self)
            if let fields = text.flatMap({ try? CSVLine.fields(of: $0) }),
                fields.count == fieldsCount
            {
                return bytes
            }
            break
        }
        position = behindFirst
        return nil
    }

    private static func withoutReturn(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes[...]
    }

    /// Whether the text ends inside quotation marks.
    private static func isOpen(_ bytes: [UInt8]) -> Bool {
        var isQuoted = false
        var isFieldStart = true
        for byte in bytes {
            if byte == UInt8(ascii: "\""), isQuoted || isFieldStart {
                // A doubled mark closes and opens again.
                (isQuoted, isFieldStart) = (!isQuoted, isQuoted)
            } else {
                isFieldStart = !isQuoted && byte == UInt8(ascii: ",")
            }
        }
        return isQuoted
    }

    private static func hasUUID(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: UInt8(ascii: ",")).contains { field in
            let text = String(decoding: field, as: UTF8.self)
            return CommandID(text.trimmingCharacters(in: ["\"", " "])) != nil
        }
    }

    private mutating func nextLine() throws -> Line? {
        var line = Line()
        var isBegun = false
        while let byte = try nextByte() {
            isBegun = true
            if byte == UInt8(ascii: "\n") { break }
            if line.bytes.count < Self.bytesMax {
                line.bytes.append(byte)
            } else {
                line.isCut = true
            }
        }
        guard isBegun else { return nil }
        position.line += 1
        return line
    }

    private mutating func nextByte() throws -> UInt8? {
        if position.chunk.isEmpty {
            position.chunk = try input.bytes(
                at: position.offset, count: FileBeginning.bytesMax)[...]
        }
        guard let byte = position.chunk.popFirst() else { return nil }
        position.offset += 1
        return byte
    }
}
