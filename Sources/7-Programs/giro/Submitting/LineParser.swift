import APIModels
import Foundation
import Saga

/// Makes a line of a file a transfer.
struct LineParser: Sendable {
    /// `nil` for NDJSON.
    let heading: Heading?

    /// How many characters of an id are kept that is none.
    private static let idMax = 100

    func line(_ record: RecordReader.Record) -> FileLine {
        guard record.isCut else { return line(record.bytes, number: record.line) }
        return FileLine(
            number: record.line, id: String(idText(record.bytes).prefix(Self.idMax)),
            request: .failure(
                .init(
                    .lineTooLong, "The line has more than \(RecordReader.bytesMax) bytes.")))
    }

    func line(_ bytes: [UInt8], number: Int) -> FileLine {
        let line = heading.map { csv(bytes, number, $0) } ?? json(bytes, number)
        return FileLine(
            number: line.number, id: String(line.id.prefix(Self.idMax)), request: line.request)
    }

    private func json(_ bytes: [UInt8], _ number: Int) -> FileLine {
        do throws(InvalidRequest) {
            let text = try Self.text(of: bytes)
            let request = try TransferRequest(json: Array(text.utf8))
            return FileLine(number: number, id: request.id.description, request: .success(request))
        } catch {
            return FileLine(number: number, id: idText(bytes), request: .failure(error))
        }
    }

    /// The id of a line that need not be a transfer otherwise; empty where none is found.
    private func idText(_ bytes: [UInt8]) -> String {
        guard let heading else { return TransferRequest.idText(inJSON: bytes) ?? "" }
        return String(
            decoding: bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .dropFirst(heading.idField).first ?? [],
            as: UTF8.self)
    }

    private func csv(_ bytes: [UInt8], _ number: Int, _ heading: Heading) -> FileLine {
        var id = idText(bytes)
        let request = Result { () throws(InvalidRequest) in
            let fields = try Self.fields(of: bytes, heading)
            id = heading.field("id", in: fields)
            return try Self.request(fields, heading)
        }
        return FileLine(number: number, id: id, request: request)
    }

    private static func request(
        _ fields: [String], _ heading: Heading
    ) throws(InvalidRequest) -> TransferRequest {
        func field(_ column: String) throws(InvalidRequest) -> String {
            let field = heading.field(column, in: fields)
            let scalars = field.unicodeScalars
            guard column != "reference" else { return field }
            let isBlank = { (scalar: Unicode.Scalar?) in scalar?.properties.isWhitespace ?? false }
            guard !isBlank(scalars.first), !isBlank(scalars.last) else {
                throw InvalidRequest(
                    .malformed, "\"\(column)\" has a blank before or behind it: remove it.")
            }
            return field
        }
        /// An empty field is one that says nothing.
        func optionalField(_ column: String) throws(InvalidRequest) -> String? {
            let text = try field(column)
            return text.isEmpty ? nil : text
        }
        return try TransferRequest(
            id: field("id"), from: field("from"), to: field("to"),
            via: optionalField("via")?.components(separatedBy: "+"),
            amount: TransferRequest.amount(fromText: field("amount")),
            currency: field("currency"), reference: optionalField("reference"),
            timeout: optionalField("timeout"))
    }

    private static func fields(
        of bytes: [UInt8], _ heading: Heading
    ) throws(InvalidRequest) -> [String] {
        let fields: [String]
        let text = try text(of: bytes)
        do throws(CSVLine.Fault) {
            fields = try CSVLine.fields(of: text)
        } catch {
            throw InvalidRequest(.malformed, error.description)
        }
        guard fields != heading.names else {
            throw InvalidRequest(.malformed, "The line is the heading once more: remove it.")
        }
        guard fields.count == heading.names.count else {
            throw InvalidRequest(.malformed, countFault(of: fields, heading))
        }
        return fields
    }

    private static func countFault(of fields: [String], _ heading: Heading) -> String {
        let count = "The line has \(fields.count) \(fields.count == 1 ? "field" : "fields")"
        let wanted = "and the heading \(heading.names.count)"
        if fields.count > heading.names.count {
            return "\(count), \(wanted): put a field that has a comma in it into quotation marks; "
                + "an amount has none."
        }
        if fields.count == 1, fields[0].contains(where: { [";", "\t", "|"].contains($0) }) {
            return "\(count), \(wanted): separate them by commas."
        }
        return "\(count), \(wanted): a field that is empty still needs its comma."
    }

    /// - Throws: ``InvalidRequest/Reason/malformed`` — which byte is no UTF-8.
    private static func text(of bytes: [UInt8]) throws(InvalidRequest) -> String {
        guard !bytes.contains(0) else {
            throw InvalidRequest(.malformed, "The line has a byte of zero: that is no text.")
        }
        if let text = String(validating: bytes, as: UTF8.self) {
            let returns = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\r") }
            guard returns.allSatisfy({ bytes[$0...].dropFirst().first == UInt8(ascii: "\n") })
            else {
                throw InvalidRequest(
                    .malformed,
                    "The line has a CR inside: save the file with line ends of Unix (LF) or "
                        + "Windows (CRLF).")
            }
            return text
        }
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var count = 0
        while case .valid(let scalar) = parser.parseScalar(from: &rest) { count += scalar.count }
        let byte = bytes.indices.contains(count) ? bytes[count] : 0
        let value = (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        throw InvalidRequest(
            .malformed,
            "Byte \(count + 1) of the line, \(value), is no UTF-8: save the file as UTF-8.")
    }
}
