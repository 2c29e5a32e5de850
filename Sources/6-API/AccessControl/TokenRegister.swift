public import Logging
package import Saga
import Synchronization

/// The tokens of a file as they are now: the file is looked at again at most once a second, and
/// read again when it has changed.
///
/// A file that has become unusable (missing, malformed, open to others) fails closed: the tokens
/// of the last good one stay valid for ``TokenRegister/graceMax`` after it was last seen in order,
/// then none is, until the file can be used again. `giro token` puts a whole file in place of the
/// old one, so a running node never sees a part of one.
public final class TokenRegister: Sendable {
    /// How long tokens outlive the file that names them.
    public static let graceMax = Duration.seconds(60)

    private struct Reading {
        var file: TokenFile
        var stamp: PrivateFile.Stamp
        var lookedAt: ContinuousClock.Instant
        /// When the file was last found to be what `file` says.
        var seenGoodAt: ContinuousClock.Instant
        var fault: TokenFault?
    }

    private let path: String
    private let pause: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let reading: Mutex<Reading>

    /// - Parameters:
    ///   - path: The file with the tokens' hashes.
    ///   - pause: How long the file is not looked at again.
    ///   - now: The time, for tests.
    ///   - logger: Receives a line where the file can no longer be used.
    /// - Throws: ``TokenFileError``.
    public init(
        path: String, lookingEvery pause: Duration = .seconds(1),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, logger: Logger
    ) throws(TokenFileError) {
        self.path = path
        self.pause = pause
        self.now = now
        self.logger = logger
        let stamp = PrivateFile.Stamp(path)
        let file = try TokenFile.read(path)
        reading = Mutex(
            Reading(file: file, stamp: stamp, lookedAt: now(), seenGoodAt: now(), fault: nil))
    }

    /// What is wrong with the file now; `nil` while it can be used.
    public var fault: TokenFault? {
        reading.withLock { reading in
            look(&reading)
            return reading.fault
        }
    }

    /// Who shows `token`; `nil` for a token that is not, or no longer, valid.
    package func entry(showing token: some StringProtocol) -> TokenFile.Entry? {
        current()?.entry(showing: token)
    }

    /// The holder of a token that was shown before: its hash is compared plainly, because nothing
    /// is guessed here.
    package func entry(of hash: Hash) -> TokenFile.Entry? {
        current()?.entries.first { $0.hash == hash }
    }

    /// - Returns: `nil` while no token is valid.
    private func current() -> TokenFile? {
        reading.withLock { reading in
            look(&reading)
            return reading.fault?.isClosed == true ? nil : reading.file
        }
    }

    private func look(_ reading: inout Reading) {
        let now = now()
        guard now - reading.lookedAt >= pause else { return }
        reading.lookedAt = now
        let stamp = PrivateFile.Stamp(path)
        guard stamp != reading.stamp || reading.fault != nil else {
            reading.seenGoodAt = now
            return
        }
        do throws(TokenFileError) {
            reading.file = try TokenFile.read(path)
            reading.stamp = stamp
            reading.seenGoodAt = now
            reading.fault = nil
            logger.info(
                "the token file was read again",
                metadata: ["tokens": "\(reading.file.entries.count)"])
        } catch {
            let fault = TokenFault(
                error: error, isClosed: now - reading.seenGoodAt >= Self.graceMax)
            if fault != reading.fault { log(fault) }
            reading.fault = fault
        }
    }

    private func log(_ fault: TokenFault) {
        let metadata: Logger.Metadata = ["error": "\(fault.error)"]
        if fault.isClosed {
            logger.error("the token file cannot be used; no token is valid", metadata: metadata)
        } else {
            logger.error(
                "the token file cannot be used; its tokens stay valid for a minute at most",
                metadata: metadata)
        }
    }
}

/// A running node's token file cannot be used.
public struct TokenFault: Hashable, Sendable {
    /// The reason why the file could not be read last.
    public let error: TokenFileError
    /// Whether the previous tokens have lost their validity: no client is authorised by a token.
    public let isClosed: Bool
}
