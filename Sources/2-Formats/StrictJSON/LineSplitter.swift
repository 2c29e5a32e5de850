/// Cuts a stream of bytes into lines that end with LF; the last line may lack it.
public struct LineSplitter: Sendable {
    /// One line, without its end.
    public struct Line: Hashable, Sendable {
        /// The bytes that were kept, without LF.
        public let bytes: [UInt8]
        /// It was longer than allowed; the rest of it was passed over.
        public let isCut: Bool
    }

    private let bytesMax: Int
    private var rest: [UInt8] = []
    private var isCut = false

    /// - Parameter bytesMax: How many bytes of a line are kept.
    public init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The lines that `bytes` completes.
    public mutating func take(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var unread = bytes[...]
        while let end = unread.firstIndex(of: JSONLine.end) {
            keep(unread[..<end])
            lines.append(flush())
            unread = unread[(end + 1)...]
        }
        keep(unread)
        return lines
    }

    /// What stands behind the last line's end, if anything.
    public mutating func end() -> Line? {
        rest.isEmpty && !isCut ? nil : flush()
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        let room = bytesMax - rest.count
        rest.append(contentsOf: bytes.prefix(room))
        isCut = isCut || bytes.count > room
    }

    private mutating func flush() -> Line {
        defer {
            rest = []
            isCut = false
        }
        return Line(bytes: rest, isCut: isCut)
    }
}
