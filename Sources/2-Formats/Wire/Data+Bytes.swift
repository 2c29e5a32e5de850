#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Generated types keep bytes in `Data`; outside of them nothing here speaks it.
extension Data {
    package init(wire bytes: [UInt8]) {
        self.init(bytes)
    }

    package var byteArray: [UInt8] { [UInt8](self) }
}
