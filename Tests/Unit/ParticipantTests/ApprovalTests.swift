import Approval
import Saga
import Testing

@Suite("Approval")
struct ApprovalTests {
    @Test("A question has at most 140 characters", arguments: [
        (140, "x", nil), (141, "x", Refusal.brokenItinerary), (140, "ß", nil),
        (71, "e\u{301}", .brokenItinerary),
    ])
    func subjectLength(_ count: Int, _ character: String, _ refusal: Refusal?) {
        let subject = String(repeating: character, count: count)
        let itinerary = Itinerary(steps: [
            .init(node: node("office"), actions: [ApprovalAction.approve(subject: subject)]),
        ])
        var found: Refusal?
        do throws(Refusal) {
            try Approval().check(itinerary)
        } catch {
            found = error
        }
        #expect(found == refusal)
    }

    static let asked = ApprovalFact.asked(step(), subject: "a loan")

    @Test("A question is asked, approved, and confirmed")
    func isApproved() throws {
        let reservation = try Approval().reserve(request([.approve(subject: "a loan")]))
        #expect(reservation == Reservation(facts: [Self.asked], isDeciding: true))
        var approval = try Approval().applying(reservation.facts)
        #expect(approval.questions == [step(): .init(subject: "a loan")])
        #expect(approval.accept(step()) == [.approved(step())])
        approval = try approval.applying(approval.accept(step()))
        #expect(approval.questions == [step(): .init(subject: "a loan", isApproved: true)])
        #expect(approval.holds(step()), "an approved step can still be cancelled")
        #expect(try approval.applying(approval.confirm(step())) == Approval())
    }

    @Test("A question that was approved before a loss is not repeated, and can be cancelled")
    func isHeldAgain() throws {
        let again = try Approval().reserveAgain(request([.approve(subject: "a loan")]))
        #expect(again == Reservation(facts: [Self.asked, .approved(step())]))
        let approval = try Approval().applying(again.facts)
        #expect(approval.accept(step()).isEmpty)
        #expect(try approval.applying(approval.confirm(step())) == Approval())
        #expect(try approval.applying(approval.cancel(step())) == Approval())
    }

    @Test("A question can be cancelled before and after its approval", arguments: [false, true])
    func isCancelled(isApproved: Bool) throws {
        var approval = try Approval().applying([Self.asked])
        if isApproved { approval = try approval.applying(approval.accept(step())) }
        #expect(try approval.applying(approval.cancel(step())) == Approval())
    }

    @Test("Questions of other steps stay open")
    func questionsAreIndependent() throws {
        let approval = try Approval().applying([
            Self.asked, .asked(step(1), subject: "a house"), .approved(step(1)),
            .cancelled(step()),
        ])
        #expect(
            approval.questions == [step(1): .init(subject: "a house", isApproved: true)])
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let given: [ApprovalFact]
        let fact: ApprovalFact

        init(_ description: String, given: [ApprovalFact] = [], _ fact: ApprovalFact) {
            (testDescription, self.given, self.fact) = (description, given, fact)
        }
    }

    static let faults: [Row] = [
        Row("asked twice", given: [asked], asked),
        Row("asked again after approval", given: [asked, .approved(step())], asked),
        Row("approved, but never asked", .approved(step())),
        Row("approved twice", given: [asked, .approved(step())], .approved(step())),
        Row("approved after it was cancelled", given: [asked, .cancelled(step())],
            .approved(step())),
        Row("confirmed, but never asked", .confirmed(step())),
        Row("confirmed without approval", given: [asked], .confirmed(step())),
        Row("confirmed with another step's approval",
            given: [asked, .asked(step(1), subject: "a loan"), .approved(step(1))],
            .confirmed(step())),
        Row("confirmed twice", given: [asked, .approved(step()), .confirmed(step())],
            .confirmed(step())),
        Row("confirmed after it was cancelled",
            given: [asked, .approved(step()), .cancelled(step())], .confirmed(step())),
        Row("cancelled, but never asked", .cancelled(step())),
        Row("cancelled twice", given: [asked, .cancelled(step())], .cancelled(step())),
        Row("cancelled after it was confirmed",
            given: [asked, .approved(step()), .confirmed(step())], .cancelled(step())),
    ]

    @Test("Facts that do not add up are faults", arguments: faults)
    func unsoundFactsAreFaults(_ row: Row) throws {
        let approval = try Approval().applying(row.given)
        #expect(throws: FoldFault.self) { try approval.applying([row.fact]) }
    }

    static let itineraries: [(questionsPerStep: [Int], isAdmitted: Bool)] = [
        ([], true), ([0], true), ([1], true), ([1, 1, 1], true), ([2], false), ([1, 0, 2], false),
    ]

    @Test("A step asks one question at most, other steps' too", arguments: itineraries)
    func asksOneQuestion(questionsPerStep: [Int], isAdmitted: Bool) {
        let itinerary = Itinerary<ApprovalAction>(
            steps: questionsPerStep.map {
                .init(
                    node: node("office"),
                    actions: Array(repeating: .approve(subject: "a loan"), count: $0))
            })
        if isAdmitted {
            #expect(throws: Never.self) { try Approval().check(itinerary) }
        } else {
            #expect(throws: Refusal.brokenItinerary) { try Approval().check(itinerary) }
        }
    }
}
