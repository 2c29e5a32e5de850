import StrictJSON

/// The fields of one JSON object, taken one by one; a field that is not taken is an error, so that
/// one with a misspelt name is never passed over.
///
/// A field that is `null` counts as one that is not there, but has to be one that is known.
package struct RequestFields: Sendable {
    private var members: [String: JSONValue]

    /// - Throws: ``InvalidRequest/Reason/malformed``, ``InvalidRequest/Reason/lineTooLong``.
    package init(json bytes: [UInt8]) throws(InvalidRequest) {
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

    package mutating func string(_ name: String) throws(InvalidRequest) -> String {
        guard let text = try optionalString(name) else { throw missing(name) }
        return text
    }

    package mutating func optionalString(_ name: String) throws(InvalidRequest) -> String? {
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

    /// The objects of a list, each to be taken apart like this one.
    package mutating func objects(_ name: String) throws(InvalidRequest) -> [RequestFields] {
        let value = members.removeValue(forKey: name) ?? .null
        guard value != .null else { throw missing(name) }
        guard case .array(let elements) = value else { throw wrongType(name, "a list of objects") }
        var objects: [RequestFields] = []
        for element in elements {
            guard case .object(let members) = element else {
                throw wrongType(name, "a list of objects")
            }
            objects.append(RequestFields(members: members))
        }
        return objects
    }

    private init(members: [String: JSONValue]) {
        self.members = members
    }

    /// As of an object whose members are all strings.
    package init(texts: [String: String]) {
        members = texts.mapValues(JSONValue.string)
    }

    /// - Parameter fault: What to say of a number that is no integer, or does not fit 64 bits.
    /// - Throws: Also for numbers that are integers but not written as such, as 1e3 and 5.0.
    package mutating func integer(
        _ name: String, or fault: InvalidRequest = .invalidAmount
    ) throws(InvalidRequest) -> Int64 {
        switch members.removeValue(forKey: name) {
        case .integer(let integer): return integer
        case nil, .null: throw missing(name)
        case .otherNumber: throw fault
        default: throw wrongType(name, "an integer")
        }
    }

    /// - Throws: ``InvalidRequest/Reason/unknownField`` — there are fields that were not taken.
    package func end() throws(InvalidRequest) {
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
