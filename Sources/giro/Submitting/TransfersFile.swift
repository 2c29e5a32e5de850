import Foundation
import NodeAPI
import Saga

/// A line of a file of transfers: what it asks for, or why nobody could say.
struct FileLine: Sendable {
    /// From 1, the heading of a CSV file not counted.
    let number: Int
    /// As it stands in the file; empty where there is none.
    let id: String
    let request: Result<TransferRequest, InvalidRequest>
}

/// Reads a file of transfers: CSV with a heading, or NDJSON by its ending `.ndjson` or `.jsonl`.
enum TransfersFile {
    static let columns = ["id", "from", "to", "via", "amount", "currency", "reference", "timeout"]

    static func read(_ path: String) throws -> [FileLine] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Failure(.unavailable, "\(path) cannot be read.")
        }
        // Every line for itself: one that is no UTF-8 must not spoil the others.
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        if lines.last?.isEmpty == true { lines.removeLast() }
        if path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl") {
            return lines.enumerated().map { index, line in json(Array(line), number: index + 1) }
        }
        guard let heading = lines.first.map({ String(decoding: $0, as: UTF8.self) }),
            CSVLine.fields(of: heading) == columns
        else {
            throw Failure(
                .unavailable,
                "\(path) does not begin with the heading \(columns.joined(separator: ",")).")
        }
        return lines.dropFirst().enumerated().map { index, line in
            csv(Array(line), number: index + 1)
        }
    }

    private static func csv(_ bytes: [UInt8], number: Int) -> FileLine {
        guard let text = String(validating: bytes, as: UTF8.self),
            let fields = CSVLine.fields(of: text)
        else {
            return FileLine(
                number: number, id: "", request: .failure(.init(.malformed, "The line is no CSV.")))
        }
        guard fields.count == columns.count else {
            return FileLine(
                number: number, id: fields[0],
                request: .failure(
                    .init(
                        .malformed,
                        "The line has \(fields.count) fields, not \(columns.count).")))
        }
        return FileLine(
            number: number, id: fields[0],
            request: Result { () throws(InvalidRequest) in
                try TransferRequest(
                    id: fields[0], from: fields[1], to: fields[2],
                    via: fields[3].isEmpty ? [] : fields[3].components(separatedBy: "+"),
                    amount: try TransferRequest.amount(fromText: fields[4]),
                    currency: fields[5], reference: fields[6], timeout: fields[7])
            })
    }

    private static func json(_ bytes: [UInt8], number: Int) -> FileLine {
        let request = Result { () throws(InvalidRequest) in try TransferRequest(json: bytes) }
        let id = (try? request.get().id.description) ?? ""
        return FileLine(number: number, id: id, request: request)
    }
}
