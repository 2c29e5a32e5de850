import Foundation

/// Whether a librdkafka of that version (as in `2.0.2`) can speak to Tansu: before 2.1.1 it
/// misreads the broker's list of API versions.
///
/// `deploy/test` runs the suites that need Kafka a second time with a newer library.
public func speaksToTansu(libraryVersion: String) -> Bool {
    let parts = libraryVersion.split(separator: ".").compactMap { Int($0) }
    return [2, 1, 1].lexicographicallyPrecedes(parts) || parts == [2, 1, 1]
}
