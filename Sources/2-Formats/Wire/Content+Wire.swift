public import Saga

extension Content {
    /// The most characters (Unicode scalars, so that all versions count alike) of a reference.
    public static var referenceCharactersMax: Int { 140 }

    /// What a saga's origin makes of an itinerary, once; all others pass these bytes on.
    ///
    /// - Parameters:
    ///   - itinerary: Without foreign actions: those have no encoding here.
    ///   - reference: The client's own words; longer ones than ``referenceCharactersMax`` make
    ///     a content that no node understands, the origin included.
    /// - Returns: A content that reads as ``decode(_:for:)`` reads its bytes.
    public static func encode<P: WireParticipant>(
        _ itinerary: Itinerary<Action>, deadline: Timestamp, reference: String, for: P.Type
    ) -> Content where P.Action == Action {
        precondition(
            itinerary.steps.allSatisfy { $0.foreignActions == 0 },
            "an origin knows all that it asks for, since it has to encode it")
        var wire = Giro_Transfers_V1_Content()
        wire.steps = itinerary.steps.map { step in
            var wire = Giro_Transfers_V1_Step()
            wire.node = step.node.text
            wire.actions = step.actions.map { .init($0, for: P.self) }
            return wire
        }
        wire.deadline = deadline.milliseconds
        wire.reference = reference
        let bytes = wire.wireBytes()
        return Content(bytes: bytes, hash: .sha256(of: bytes), reading: wire.read(for: P.self))
    }

    /// Reads what a peer, or a log, says a saga is to do. There are no errors: a content that
    /// cannot be read, or not all of it, is one the protocol has an answer for.
    ///
    /// - Complexity: One SHA-256 over `bytes` and one pass of decoding.
    public static func decode<P: WireParticipant>(
        _ bytes: [UInt8], for: P.Type
    ) -> Content where P.Action == Action {
        let reading: Reading
        do throws(WireError) {
            reading = try Giro_Transfers_V1_Content(wire: bytes).read(for: P.self)
        } catch {
            reading = .unreadable
        }
        return Content(bytes: bytes, hash: .sha256(of: bytes), reading: reading)
    }

    /// The client's own words, for people; `nil` where the bytes cannot be read.
    ///
    /// - Complexity: Decodes the bytes at every call: no code that moves money uses it.
    public var reference: String? {
        do throws(WireError) {
            return try Giro_Transfers_V1_Content(wire: bytes).reference
        } catch {
            return nil
        }
    }
}

extension Giro_Transfers_V1_Action {
    fileprivate init<P: WireParticipant>(_ action: P.Action, for: P.Type) {
        self.init()
        kind = P.kind(of: action)
        body = .init(wire: P.encode(action))
    }
}

extension Giro_Transfers_V1_Content {
    fileprivate func read<P: WireParticipant>(for: P.Type) -> Content<P.Action>.Reading {
        let owners = steps.compactMap { NodeName($0.node) }
        guard owners.count == steps.count, !owners.isEmpty else { return .unreadable }
        guard isAllKnown,
            reference.unicodeScalars.count <= Content<P.Action>.referenceCharactersMax
        else { return .unknownParts(owners: owners) }

        var understood: [Itinerary<P.Action>.Step] = []
        understood.reserveCapacity(steps.count)
        for (owner, step) in zip(owners, steps) {
            guard let step = step.read(for: P.self, ownedBy: owner) else {
                return .unknownParts(owners: owners)
            }
            understood.append(step)
        }
        return .understood(
            Itinerary(steps: understood), deadline: Timestamp(milliseconds: deadline))
    }
}

extension Giro_Transfers_V1_Step {
    /// `nil` if it holds something that should be understood here and is not.
    fileprivate func read<P: WireParticipant>(
        for: P.Type, ownedBy owner: NodeName
    ) -> Itinerary<P.Action>.Step? {
        guard isAllKnown else { return nil }
        var known: [P.Action] = []
        for action in actions {
            guard action.isAllKnown else { return nil }
            switch P.read(actionOf: action.kind, body: action.body.byteArray) {
            case .known(let action): known.append(action)
            case .foreign: break
            case .notUnderstood: return nil
            }
        }
        return .init(node: owner, actions: known, foreignActions: actions.count - known.count)
    }
}
