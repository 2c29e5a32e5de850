/// Kafka's types of fields, one after the other.
struct KafkaBytes {
    private(set) var bytes: [UInt8] = []
    private var read = 0

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    private mutating func number<Number: FixedWidthInteger>() -> Number {
        var number: Number = 0
        for _ in 0..<MemoryLayout<Number>.size {
            number = (MemoryLayout<Number>.size == 1 ? 0 : number << 8)
                | Number(truncatingIfNeeded: read < bytes.count ? bytes[read] : 0)
            read += 1
        }
        return number
    }

    mutating func int8() -> Int8 { number() }
    mutating func int16() -> Int16 { number() }
    mutating func int32() -> Int32 { number() }
    mutating func int64() -> Int64 { number() }

    /// `nil` where there is none.
    mutating func string() -> String? {
        let count = Int(int16())
        guard count >= 0, read + count <= bytes.count else { return nil }
        defer { read += count }
        return String(decoding: bytes[read..<(read + count)], as: UTF8.self)
    }

    private mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    mutating func put(int8 number: Int8) { put(number) }
    mutating func put(int16 number: Int16) { put(number) }
    mutating func put(int32 number: Int32) { put(number) }
    mutating func put(int64 number: Int64) { put(number) }

    mutating func put(string: String?) {
        put(int16: Int16(string?.utf8.count ?? -1))
        bytes += Array((string ?? "").utf8)
    }
}
