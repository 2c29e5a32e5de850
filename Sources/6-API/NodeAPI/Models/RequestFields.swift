/// The fields of one JSON object, taken one by one; a field that is not taken is an error, so that
/// one with a misspelt name is never passed over.
///
/// A field that is `null` counts as one that is not there, but has to be one that is known.
struct RequestFields {
    private var members: [String: JSONValue]

    /// - Throws: ``InvalidRequest/Reason/malformed``, ``InvalidRequest/Reason/lineTooLong``.
    init(json bytes: [UInt8]) throws(InvalidRequest) {
        guard bytes.count <= RequestLimits.lineBytesMax else { throw .lineTooLong }
        do throws(JSONSyntaxError) {
            guard case .object(let members) = try JSONValue(bytes) else {
                throw JSONSyntaxError(offset: 0)
            }
            self.members = members
        } catch {
            throw InvalidRequest(
                .malformed, "That is no JSON object: look at byte \(error.offset).")
        }
    }

    mutating func string(_ name: String) throws(InvalidRequest) -> String {
        guard let text = try optionalString(name) else { throw missing(name) }
        return text
    }

    mutating func optionalString(_ name: String) throws(InvalidRequest) -> String? {
        switch members.removeValue(forKey: name) {
        case .string(let text): return text
        case nil, .null: return nil
        default: throw wrongType(name, "a string")
        }
    }

    mutating func optionalStrings(_ name: String) throws(InvalidRequest) -> [String]? {
        guard let value = members.removeValue(forKey: name), value != .null else { return nil }
        guard case .array(let elements) = value else { throw wrongType(name, "a list of strings") }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else {
                throw wrongType(name, "a list of strings")
            }
            texts.append(text)
        }
        return texts
    }

    /// - Throws: Also for numbers that are integers but not written as such, as 1e3 and 5.0.
    mutating func integer(_ name: String) throws(InvalidRequest) -> Int64 {
        switch members.removeValue(forKey: name) {
        case .integer(let integer): return integer
        case nil, .null: throw missing(name)
        case .otherNumber: throw .invalidAmount
        default: throw wrongType(name, "an integer")
        }
    }

    /// - Throws: ``InvalidRequest/Reason/unknownField`` — there are fields that were not taken.
    func end() throws(InvalidRequest) {
        guard let unknown = members.keys.min() else { return }
        throw InvalidRequest(.unknownField, "There is no field \"\(unknown.prefix(40))\" here.")
    }

    private func missing(_ name: String) -> InvalidRequest {
        InvalidRequest(.missingField, "The field \"\(name)\" is missing.")
    }

    private func wrongType(_ name: String, _ type: String) -> InvalidRequest {
        InvalidRequest(.fieldType, "\"\(name)\" must be \(type).")
    }
}
