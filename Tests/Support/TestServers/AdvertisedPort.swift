import Foundation

/// Changes the port that a broker tells its clients to connect to, in what it answers.
///
/// Kafka's protocol puts a size before every answer, so whole answers are taken and changed; the
/// port is four bytes behind the host's name in each kind of answer that names a broker.
struct AdvertisedPort {
    private let told: [UInt8]
    private let changed: [UInt8]
    private var pending: [UInt8] = []

    init(from port: UInt16, to other: UInt16) {
        told = Self.place(port)
        changed = Self.place(other)
    }

    private static func place(_ port: UInt16) -> [UInt8] {
        Array("127.0.0.1".utf8) + [0, 0, UInt8(port >> 8), UInt8(port & 0xFF)]
    }

    /// - Returns: The answers that are complete now.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        pending += bytes
        var end = 0
        while pending.count >= end + 4 {
            let size = pending[end..<end + 4].reduce(0) { $0 << 8 | Int($1) }
            guard pending.count >= end + 4 + size else { break }
            end += 4 + size
        }
        var whole = Array(pending.prefix(end))
        pending.removeFirst(end)
        replace(in: &whole)
        return whole[...]
    }

    private func replace(in bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { bytes in
            guard var place = bytes.baseAddress else { return }
            let end = place + bytes.count
            // The C library's search, since this one sees every record that banks read.
            while let found = memchr(place, Int32(told[0]), place.distance(to: end)) {
                let isWhole = found.distance(to: end) >= told.count
                if isWhole && memcmp(found, told, told.count) == 0 {
                    memcpy(found, changed, changed.count)
                }
                place = found + 1
            }
        }
    }
}
