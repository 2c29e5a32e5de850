import Saga
import Wire

// What becomes of links between banks that have nothing to say.
extension World {
    /// Longer than any pause before something is shown again.
    private static var pauseMax: Int64 { 65 * .second }

    /// Whether all has been at rest for long enough: by then no bank shows another anything, since
    /// all is acknowledged. The hostile peer acknowledges nothing at rest.
    func hasRested() -> Bool {
        guard silenceIsTried else { return true }
        let since = restingSince ?? timeline.now
        restingSince = since
        guard timeline.now - since > 2 * Self.pauseMax else { return false }
        silenceIsTried = false
        guard let shown = newestShown, timeline.now - shown.at < Self.pauseMax else { return true }
        fail(
            Violation(
                "FallsSilent", "\(shown.by) shows its entries again, which all are taken already"))
        return false
    }
}
