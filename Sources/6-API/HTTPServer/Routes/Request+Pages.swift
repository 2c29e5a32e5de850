import APIModels
package import Hummingbird

extension Request {
    package var pageSize: Int {
        get throws(InvalidRequest) {
            guard let text = uri.queryParameters["limit"] else { return RequestLimits.pageStandard }
            guard let size = Int(digits: text), (1...RequestLimits.pageMax).contains(size) else {
                throw .page
            }
            return size
        }
    }
}

extension FixedWidthInteger {
    /// ASCII digits and nothing before them: Swift's own reading takes a plus sign as well.
    package init?(digits text: Substring) {
        guard text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            return nil
        }
        self.init(text)
    }
}
