public import Logging
import Synchronization

/// The tokens of a file as they are now: the file is looked at again at most once a second, and
/// read again when it has changed.
///
/// A file that has become unusable changes nothing: who was let in by the last good one still is,
/// and the log says what is wrong. `giro token` puts a whole file in place of the old one, so a
/// running node never sees a part of one.
public final class TokenRegister: Sendable {
    private struct Reading {
        var file: TokenFile
        var stamp: PrivateFile.Stamp
        var lookedAt: ContinuousClock.Instant
    }

    private let path: String
    private let pause: Duration
    private let logger: Logger
    private let reading: Mutex<Reading>

    /// - Parameter pause: How long the file is not looked at again.
    /// - Throws: ``TokenFileError``.
    public init(
        path: String, lookingEvery pause: Duration = .seconds(1), logger: Logger
    ) throws(TokenFileError) {
        self.path = path
        self.pause = pause
        self.logger = logger
        let stamp = PrivateFile.Stamp(path)
        reading = Mutex(
            Reading(file: try TokenFile.read(path), stamp: stamp, lookedAt: ContinuousClock.now))
    }

    /// Who shows `token`; `nil` for a token that nobody has.
    func entry(showing token: some StringProtocol) -> TokenFile.Entry? {
        current().entry(showing: token)
    }

    private func current() -> TokenFile {
        reading.withLock { reading in
            let now = ContinuousClock.now
            guard now - reading.lookedAt >= pause else { return reading.file }
            reading.lookedAt = now
            let stamp = PrivateFile.Stamp(path)
            guard stamp != reading.stamp else { return reading.file }
            reading.stamp = stamp
            do throws(TokenFileError) {
                reading.file = try TokenFile.read(path)
                logger.info(
                    "the token file was read again",
                    metadata: ["tokens": "\(reading.file.entries.count)"])
            } catch {
                logger.error(
                    "the token file cannot be used; the tokens of before still hold",
                    metadata: ["error": "\(error)"])
            }
            return reading.file
        }
    }
}
