import Foundation
import Ledger
import NodeAPI
import Saga

@testable import giro

extension Target {
    /// A CSV file for `giro submit`.
    static let csv = Target("csv", .text, rounds: 1_500) { bytes in
        try checkFile(bytes, named: "transfers.csv") { request in
            let fields = [
                request.id.description, request.payer.text, request.payee.text,
                (request.via ?? []).map(\.text).joined(separator: "+"),
                "\(request.amount.minorUnits)", request.amount.currency.code,
                request.reference ?? "", request.timeout?.text ?? "",
            ]
            return TransfersFile.columns.joined(separator: ",") + "\n" + CSVLine.text(of: fields)
        }
    }

    /// An NDJSON file for `giro submit`.
    static let lines = Target("lines", .text, rounds: 1_500) { bytes in
        try checkFile(bytes, named: "transfers.ndjson") { request in
            String(decoding: JSONLine.bytes(of: request), as: UTF8.self)
        }
    }

    /// - Parameter text: A file that asks for one transfer.
    /// - Returns: Whether every line was accepted.
    private static func checkFile(
        _ bytes: [UInt8], named name: String, text: (TransferRequest) -> String
    ) throws -> Bool {
        let read: [FileLine]
        do {
            read = try TransfersFile.read(try write(Data(bytes), to: name))
        } catch is Failure { return false }
        try hold("lines are numbered from 1", read.map(\.number) == Array(1..<read.count + 1))
        for line in read {
            guard case .success(let request) = line.request else { continue }
            try check(request)
            let again = try TransfersFile.read(try write(Data(text(request).utf8), to: name))
            guard again.count == 1, case .success(request) = again[0].request else {
                throw Violation("\(request) came back as \(again)")
            }
        }
        return !read.isEmpty && read.allSatisfy { (try? $0.request.get()) != nil }
    }

    /// What is asked for is what the API's description allows.
    private static func check(_ request: TransferRequest) throws {
        let json = Data(JSONLine.bytes(of: request))
        let value = try JSONSerialization.jsonObject(with: json)
        if let fault = try schema.get().fault(in: value, "Transfer") { throw Violation(fault) }
        try hold("\(request) moves nothing", request.amount.minorUnits > 0)
        try hold("\(request) has no UUID", request.id.bytes.contains { $0 != 0 })
    }

    static let schema = Result { try Schema() }

    private static func write(_ bytes: Data, to name: String) throws -> String {
        let path = LastInput.folder.appendingPathComponent(name).path
        try bytes.write(to: URL(fileURLWithPath: path))
        return path
    }
}
