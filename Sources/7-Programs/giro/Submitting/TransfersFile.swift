import APIModels
import Ledger
import Saga

/// A line of a file of transfers: what it asks for, or why that cannot be said.
struct FileLine: Sendable {
    /// As an editor counts: from 1, the heading of a CSV file is a line.
    let number: Int
    /// As it stands in the file, cut if it is long; empty where there is none.
    let id: String
    let request: Result<TransferRequest, InvalidRequest>
}

/// A file of transfers: CSV with a heading, or NDJSON.
///
/// It is read twice: when it is opened, so that what is wrong with it as a whole is known before
/// anything is sent; and line by line when they are sent. In between, about 32 bytes are kept of a
/// line, and some 200 of one that is invalid; never the text.
final class TransfersFile: Sendable {
    /// Where a line stands.
    private struct Place {
        let offset: Int64
        let bytesCount: Int32
        let number: Int32
        /// Of all zeros where the line is invalid.
        let id: CommandID
    }

    let input: InputFile
    /// The lines that are valid, by the payer's bank, in the order of the file.
    let linesOfBanks: [NodeName: [Int32]]
    private let parser: LineParser
    private let places: [Place]
    private let invalid: [Int: FileLine]

    /// - Parameter path: `-` is standard input.
    /// - Throws: ``Failure``: it cannot be read, or is no file of transfers as a whole.
    convenience init(_ path: String) throws {
        try self.init(try InputFile(path))
    }

    init(_ input: InputFile) throws {
        self.input = input
        let name = input.name
        let beginning = try FileBeginning(
            input.bytes(at: 0, count: FileBeginning.bytesMax), of: name)
        var reader = RecordReader(input, from: beginning.textOffset)
        var heading: Heading?
        if beginning.form == .csv {
            guard let record = try reader.nextWithText() else {
                throw FileBeginning.failure(
                    name, "is empty: it needs the heading \(Heading.text), and a transfer a line")
            }
            heading = try Heading(record, of: name)
            reader.fieldsCount = heading?.names.count
        }
        let parser = LineParser(heading: heading)
        var places: [Place] = []
        var invalid: [Int: FileLine] = [:]
        var banks: [NodeName: [Int32]] = [:]
        while let record = try reader.nextWithText() {
            let line = parser.line(record)
            guard let number = Int32(exactly: record.line) else {
                throw FileBeginning.failure(name, "has more lines than \(Int32.max): cut it up")
            }
            let request = try? line.request.get()
            if let request {
                banks[request.payer.node, default: []].append(Int32(places.count))
            } else {
                invalid[places.count] = line
            }
            places.append(
                Place(
                    offset: record.offset, bytesCount: Int32(record.bytes.count), number: number,
                    id: request?.id ?? CommandID(high: 0, low: 0)))
        }
        (self.parser, self.places, self.invalid) = (parser, places, invalid)
        linesOfBanks = banks
    }

    /// How many lines ask for a transfer, or try to.
    var count: Int { places.count }

    /// How many of them are invalid.
    var invalidCount: Int { invalid.count }

    /// What the results show of a line: its number and its id; and what is wrong with it, if it is
    /// invalid.
    func summary(of index: Int) -> (number: Int, id: String, fault: InvalidRequest?) {
        let place = places[index]
        guard let line = invalid[index] else {
            return (Int(place.number), place.id.description, nil)
        }
        guard case .failure(let fault) = line.request else {
            preconditionFailure("only lines that are invalid are kept")
        }
        return (line.number, line.id, fault)
    }

    func id(of index: Int) -> CommandID { places[index].id }

    /// Reads a line once more.
    ///
    /// - Throws: ``Failure`` — the file cannot be read any more, or was changed.
    func line(_ index: Int) throws -> FileLine {
        if let line = invalid[index] { return line }
        let place = places[index]
        let bytes = try input.bytes(at: place.offset, count: Int(place.bytesCount))
        return parser.line(bytes, number: Int(place.number))
    }
}

extension RecordReader {
    /// The next record that is more than blanks, or commas as spreadsheets leave them behind.
    fileprivate mutating func nextWithText() throws -> Record? {
        while let record = try next() {
            let isBlank = record.bytes.allSatisfy { [0x20, 0x09, 0x2C].contains($0) }
            if !isBlank { return record }
        }
        return nil
    }
}
