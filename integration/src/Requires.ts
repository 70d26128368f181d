// Which real programs a suite needs. With `CI=true` a missing one is a failure; elsewhere the suite is skipped, with
// the reason in its name and on the console.
import { assert, describe, it } from "@effect/vitest"
import { firstAddress, locate } from "./Machine.ts"

/** `network` is an address that is not loopback: without one, no WebRTC works with Janus. */
export type Requirement = "janus" | "chromium" | "ffmpeg" | "ffprobe" | "gst-launch-1.0" | "redis-server" | "network"

const missing = (requirement: Requirement): boolean =>
  requirement === "network" ? firstAddress() === undefined : locate(requirement) === undefined

/**
 * Declares a suite that needs these, in place of `describe`:
 * `requires("janus", "chromium", "network")("media", () => { … })`.
 */
export const requires = (...requirements: ReadonlyArray<Requirement>) => (name: string, suite: () => void): void => {
  const absent = requirements.filter(missing)
  if (absent.length === 0) {
    describe(name, suite)
  } else if (process.env["CI"] === "true") {
    describe(name, () => {
      it("finds the programs it needs", () => assert.fail(`${absent.join(", ")} not found, and CI=true requires it`))
    })
  } else {
    const reason = `skipped: ${absent.join(", ")} not found`
    console.warn(`${name} (${reason})`)
    describe.skip(`${name} (${reason})`, suite)
  }
}
