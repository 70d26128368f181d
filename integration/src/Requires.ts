// Which real programs a suite needs. With `CI=true` a missing one is a failure; elsewhere the suite is skipped, with
// the reason in its name and on the console.
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { firstAddress, locate } from "./Machine.ts"
import { hasJars } from "./RealKafka.ts"
import { nginxProgram, nginxRtmpModule } from "./RtmpServers.ts"

/** `network` is an address that is not loopback: without one, no WebRTC works with Janus. */
export type Requirement =
  | "janus"
  | "chromium"
  | "ffmpeg"
  | "ffprobe"
  | "gst-launch-1.0"
  | "redis-server"
  | "network"
  | "nginx-rtmp"
  | "gst-rtsp-server"
  | "obs"
  | "kafka"
  | "openssl"
  | "script"

const rtspServer = "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0'); "
  + "from gi.repository import Gst, GstRtspServer; Gst.init(None); assert Gst.ElementFactory.find('x264enc')"

const missing = (requirement: Requirement): boolean => {
  switch (requirement) {
    case "network":
      return firstAddress() === undefined
    case "nginx-rtmp":
      return locate(nginxProgram) === undefined || !existsSync(nginxRtmpModule)
    case "gst-rtsp-server":
      return spawnSync("/usr/bin/python3", ["-c", rtspServer], { stdio: "ignore" }).status !== 0
    case "obs":
      return locate("obs") === undefined || locate("Xvfb") === undefined
    case "kafka":
      return locate("java") === undefined || !hasJars()
    default:
      return locate(requirement) === undefined
  }
}

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
