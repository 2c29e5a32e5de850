import APIModels
import Deployment
import Foundation
import Ledger
import Saga
import StrictJSON

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
            return Heading.text + "\n" + CSVLine.text(of: fields)
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
            read = try lines(of: Data(bytes), in: name)
        } catch is Failure { return false }
        let numbers = read.map(\.number)
        try hold("lines are numbered upwards from 1", numbers.allSatisfy { $0 > 0 })
        try hold("every line has its number", zip(numbers, numbers.dropFirst()).allSatisfy(<))
        for line in read {
            try hold("an id is an order to a terminal", line.id.inert.visible() == line.id.inert)
            let first = line.id.inert.first
            try hold("an id is a formula", first.map { !"=+-@".contains($0) } ?? true)
            guard case .success(let request) = line.request else { continue }
            try check(request)
            let again = try lines(of: Data(text(request).utf8), in: name)
            guard again.count == 1, case .success(request) = again[0].request else {
                throw Violation("\(request) came back as \(again)")
            }
        }
        return !read.isEmpty && read.allSatisfy { (try? $0.request.get()) != nil }
    }

    private static func lines(of bytes: Data, in name: String) throws -> [FileLine] {
        let file = try TransfersFile(try write(bytes, to: name))
        return try (0..<file.count).map(file.line)
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
