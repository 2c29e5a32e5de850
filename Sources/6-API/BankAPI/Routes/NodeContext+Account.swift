import APIModels
import HTTPServer
import Ledger

extension NodeContext {
    var account: AccountID {
        get throws(InvalidRequest) { try AccountID(field: text("account")) }
    }
}
