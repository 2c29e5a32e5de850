/// A key as it stands in a file, known or not.
private struct FoundKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension Decoder {
    /// The mapping under decoding, which may hold no key besides those of `Key`.
    func container<Key: CodingKey & CaseIterable>(
        onlyWith: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Key.allCases.map(\.stringValue)
        for key in try container(keyedBy: FoundKey.self).allKeys
        where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [key],
                    debugDescription:
                        "no such key: remove it; there are \(known.joined(separator: ", "))"))
        }
        return try container(keyedBy: Key.self)
    }
}

extension KeyedDecodingContainer {
    /// Refuses the value of `key` with `advice` unless `isRight`.
    func check(_ isRight: Bool, _ key: Key, advice: () -> String) throws {
        guard isRight else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: advice())
        }
    }

    /// Refuses the value of `key` with `advice` unless something could be made of it.
    func check<Made>(_ made: Made?, _ key: Key, advice: () -> String) throws -> Made {
        guard let made else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: advice())
        }
        return made
    }
}
