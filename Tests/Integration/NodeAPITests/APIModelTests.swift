import APIModels
import HTTPServer
import Node
import Statements
import Testing

/// The models know no node and no store: their words are held against those of both here.
struct APIModelTests {
    @Test(
        "A client knows which of the node's errors say that nothing was recorded",
        arguments: [
            (NodeError.Code.busy, true), (.stopping, true), (.clockNotTrusted, true),
            (.interrupted, false),
        ])
    func unrecorded(_ code: NodeError.Code, _ isUnrecorded: Bool) {
        #expect(Problem(NodeError(code)).isUnrecorded == isUnrecorded)
    }

    @Test("A statement's lines have the kinds of the statements' file")
    func kinds() {
        let words = StatementReport.Line.Kind.allCases.map(\.rawValue)
        #expect(words == StatementLine.Kind.allCases.map(\.rawValue))
    }
}
