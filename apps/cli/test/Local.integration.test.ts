// The command without an app: one broadcast in the foreground on a real Janus, and the doctor.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as JanusLists from "@headend/integration/JanusLists"
import { spawn } from "@headend/integration/Processes"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import * as FakeJanusServer from "@headend/testing/FakeJanusServer"
import { Effect, Schedule } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findings, folder, headend, headendRunning, settings } from "./support.ts"

const pattern = {
  id: "pattern",
  mountpoint: { create: { id: 9001 } },
  source: { kind: "test_pattern", width: 320, height: 180 }
}

it.live("ends at once when it is told twice, though Janus does not answer", () =>
  Effect.gen(function*() {
    const janus = yield* FakeJanusServer.scoped()
    const cwd = yield* folder
    const jingle = { type: "live", id: 7, filename: "/tmp/jingle.opus" }
    const spec = { id: "jingle", mountpoint: { create: jingle }, source: { kind: "frontend_owned" } }
    writeFileSync(join(cwd, "jingle.json"), JSON.stringify(spec))
    const env = { HEADEND_JANUS_URL: janus.url, HEADEND_JANUS_STREAMING_ADMIN_KEY: "streaming-admin" }
    const running = yield* headendRunning(["run", "jingle.json"], { cwd, env })
    yield* running.awaitLine(/made mountpoint 7/, 120_000)
    janus.freeze()
    yield* running.signal("SIGINT")
    yield* running.awaitLine(/stopping jingle/)
    yield* Effect.sleep("600 millis") // sooner it would pass for the same signal
    yield* running.signal("SIGINT")
    assert.strictEqual((yield* running.ended).code, 130)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 120_000)

requires("janus", "ffmpeg", "ffprobe", "network")("headend, by itself,", () => {
  it.live("runs a broadcast until Ctrl-C, and leaves nothing", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      const cwd = yield* folder
      writeFileSync(join(cwd, "pattern.json"), JSON.stringify(pattern))
      const running = yield* headendRunning(["run", "pattern.json"], { cwd, env: settings(janus) })
      yield* running.awaitLine(/pattern {2}running/, 120_000)
      assert.deepStrictEqual((yield* lists.mountpoints).map(({ id }) => id), [9001])
      yield* running.signal("SIGINT")
      yield* running.awaitLine(/pattern stopped: stopped on request \(stopped\)/)
      assert.deepStrictEqual(yield* running.ended, { code: 0, signal: null })
      assert.deepStrictEqual(yield* lists.mountpoints, [])
      assert.deepStrictEqual(readdirSync(cwd), ["pattern.json"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 120_000)

  it.live(
    "two of them on one Janus leave each other alone, and a limit ends one with exit code 0",
    () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const lists = JanusLists.make(janus)
        const cwd = yield* folder
        const short = {
          ...pattern,
          id: "short",
          mountpoint: { create: { id: 9002 } },
          limits: { maxDuration: "15 seconds" }
        }
        writeFileSync(join(cwd, "pattern.json"), JSON.stringify(pattern))
        writeFileSync(join(cwd, "short.json"), JSON.stringify(short))
        const long = yield* headendRunning(["run", "pattern.json"], { cwd, env: settings(janus) })
        yield* long.awaitLine(/pattern {2}running/)
        const limited = yield* headendRunning(["run", "short.json", "--json"], { cwd, env: settings(janus) })
        yield* limited.awaitLine(/"to":"running"/, 120_000)
        assert.strictEqual((yield* limited.ended).code, 0)
        yield* limited.awaitLine(/"code":"max_duration"/)
        assert.deepStrictEqual((yield* lists.mountpoints).map(({ id }) => id), [9001])
        yield* long.signal("SIGTERM")
        assert.strictEqual((yield* long.ended).code, 0)
        yield* Effect.repeat(lists.mountpoints, {
          until: (all) => all.length === 0,
          schedule: Schedule.spaced("50 millis")
        })
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    120_000
  )

  it.live(
    "says why a broadcast failed, with exit code 1, and what is wrong before anything is touched, with 2",
    () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const gone = { source: { kind: "videoroom", room: { id: 4711 } } }
        const failed = yield* headend(["run", "-"], settings(janus), JSON.stringify(gone))
        assert.strictEqual(failed.code, 1, failed.err)
        assert.match(failed.out, /failed: .*\(room_missing at hop publisher\)/)
        const wrong = yield* headend(["run", "-"], settings(janus), JSON.stringify({ source: { kind: "satellite" } }))
        assert.strictEqual(wrong.code, 2)
        assert.match(wrong.err, /source\.kind: "satellite" is not a kind of source/)
        const browser = yield* headend(["run", "-"], settings(janus), "{\"source\":{\"kind\":\"browser_webrtc\"}}")
        assert.strictEqual(browser.code, 2)
        assert.match(browser.err, /source\.kind: browser_webrtc .* WHIP, .*: start that .* headend start$/m)
        const unset = yield* headend(["run", "-"], { ...settings(janus), HEADEND_LOG_LEVEL: "loud" }, "{}")
        assert.strictEqual(unset.code, 2)
        assert.match(unset.err, /HEADEND_LOG_LEVEL: expected one of/)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live("plays a file by Janus itself, of each format that it takes", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const cwd = yield* folder
      for (const [name, format] of [["jingle.opus", "libopus"], ["jingle.alaw", "pcm_alaw"]] as const) {
        const filename = join(cwd, name)
        const raw = format === "libopus" ? [] : ["-ar", "8000", "-ac", "1", "-f", "alaw"]
        const made = yield* spawn("ffmpeg", [
          "-v",
          "error",
          "-f",
          "lavfi",
          "-i",
          "sine",
          "-t",
          "2",
          "-c:a",
          format,
          ...raw,
          filename
        ])
        assert.deepStrictEqual(yield* made.ended, { code: 0, signal: null })
        const create = { type: "live", id: 9003, filename }
        const spec = { id: "jingle", mountpoint: { create }, source: { kind: "frontend_owned" } }
        writeFileSync(join(cwd, "jingle.json"), JSON.stringify(spec))
        const running = yield* headendRunning(["run", "jingle.json"], { cwd, env: settings(janus) })
        yield* running.awaitLine(/jingle {2}running/, 120_000)
        yield* running.signal("SIGINT")
        assert.strictEqual((yield* running.ended).code, 0)
      }
      assert.deepStrictEqual(yield* JanusLists.make(janus).mountpoints, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 120_000)

  it.live(
    "names line and column of what is no JSON, and the line of each field that cannot be used",
    () =>
      Effect.gen(function*() {
        const cwd = yield* folder
        const run = (text: string) => {
          writeFileSync(join(cwd, "cam.json"), text)
          return headend(["plan", "--local", "cam.json"], { HEADEND_JANUS_URL: "fake" }, "", cwd)
        }
        const camera = `{
  "id": "cam",
  "source": {
    "kind": "rtsp_camera",
    "camera": { "url": 7 }
  },
  "limits": { "maxDuration": "soon" }
}`
        const fields = yield* run(camera)
        assert.strictEqual(fields.code, 2)
        assert.match(fields.err, /^ {2}source\.camera\.url: Expected string \(line 5\)$/m)
        assert.match(fields.err, /^ {2}limits\.maxDuration: .* \(line 7\)$/m)
        const absent = yield* run(camera.replace("\"url\": 7", ""))
        assert.match(absent.err, /^ {2}source\.camera\.url: Missing key \(line 5\)$/m)
        const broken = yield* run(camera.replace("\"rtsp_camera\",", "\"rtsp_camera\""))
        assert.deepStrictEqual([broken.code, broken.err.trim()], [
          2,
          "headend: cam.json is no JSON: line 5, column 5: comma expected"
        ])
        const open = yield* run(camera.slice(0, -1))
        assert.match(open.err, /cam\.json is no JSON: line 8, column 1: close brace expected$/m)
        assert.match((yield* run("")).err, /cam\.json is no JSON: line 1, column 1: value expected$/m)
        assert.match((yield* run("[]")).err, /cam\.json is no JSON object: it begins with \[$/m)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    120_000
  )

  it.live("finds out what is wrong with Janus, and says what to do", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      const well = yield* findings([], settings(janus))
      assert.strictEqual(well.code, 0, JSON.stringify(well.all))
      for (const what of ["settings", "node", "janus", "streaming plugin", "rtp", "videoroom plugin", "ffmpeg"]) {
        assert.strictEqual(well(what).status, "ok", what)
      }
      assert.deepStrictEqual([yield* lists.mountpoints, yield* lists.rooms], [[], []])

      const locked = yield* headend(["doctor"], { ...settings(janus), HEADEND_JANUS_STREAMING_ADMIN_KEY: "guessed" })
      assert.strictEqual(locked.code, 1)
      assert.match(
        locked.out,
        /^✗ streaming plugin: .*\n +set the plugin's admin key: HEADEND_JANUS_STREAMING_ADMIN_KEY/m
      )
      assert.notInclude(locked.out, "guessed")

      // Janus listens at the address of its interface alone: RTP to another one is nobody's
      const lost = yield* findings([], {
        ...settings(janus),
        HEADEND_JANUS_RTP_HOST: "127.0.0.2",
        HEADEND_JANUS_RTP_INTERFACE: "127.0.0.1"
      })
      assert.deepStrictEqual([lost.code, lost("streaming plugin").status, lost("rtp").status], [1, "ok", "bad"])
      assert.match(lost("rtp").evidence, /^packets to 127\.0\.0\.2:\d+ are refused/)
      assert.match(lost("rtp").advice ?? "", /^set HEADEND_JANUS_RTP_HOST/)
      const nowhere = yield* findings([], { ...settings(janus), HEADEND_JANUS_RTP_HOST: "192.0.2.1" })
      assert.match(nowhere("streaming plugin").advice ?? "", /^HEADEND_JANUS_RTP_INTERFACE must be an address/)
      assert.deepStrictEqual([yield* lists.mountpoints, yield* lists.rooms], [[], []])

      const away = yield* headend(["doctor", "--obs", "ws://127.0.0.1:1"], {
        HEADEND_JANUS_URL: "ws://127.0.0.1:1",
        HEADEND_REDIS_URL: "redis://127.0.0.1:1",
        HEADEND_KAFKA_BROKERS: "127.0.0.1:1"
      })
      assert.strictEqual(away.code, 1)
      for (const what of ["janus", "obs", "redis", "kafka"]) assert.match(away.out, new RegExp(`^✗ ${what}: `, "m"))
    }).pipe(Effect.scoped), 120_000)
})
