/**
 * Relays as a viewer feels them: how soon RTP flows, how soon it flows again, how soon a frozen source is noticed, what a
 * viewer waits for, and what copying costs against transcoding.
 */
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { nodeMediaServer, publish } from "@headend/integration/RtmpServers"
import { Effect, Schedule } from "effect"
import { readFileSync } from "node:fs"
import { loadavg, uptime } from "node:os"
import * as App from "./app.ts"
import { median, ms, row } from "./measure.ts"

const rounds = 5
const many = 20
const soon = Schedule.spaced("5 millis")
const relay = { kind: "ffmpeg", restart: { stableAfter: "1 second" } }

const studio = Effect.gen(function*() {
  const janus = yield* RealJanus.make()
  const lists = JanusLists.make(janus)
  const browser = yield* Browser.make
  const server = yield* nodeMediaServer()
  const app = yield* App.start(janus)
  const publishing = yield* publish(`${server.url}/live/bench`)

  /** When the last video packet came, in milliseconds of `performance.now()`; before everything when none did. */
  const lastPacket = (id: number) =>
    Effect.map(lists.mountpointInfo(id), ({ media = [] }) => {
      const age = media.find(({ type }) => type === "video")?.age_ms
      return age === undefined ? Number.NEGATIVE_INFINITY : performance.now() - age
    }).pipe(Effect.orElseSucceed(() => Number.NEGATIVE_INFINITY))

  /** Looks until a video packet came after this instant; when it came. */
  const packetAfter = (id: number, instant: number) =>
    Effect.repeat(lastPacket(id), { until: (at) => at > instant, schedule: soon })

  const get = (name: string) => app.call("GET", `/v1/broadcasts/${name}`)
  const until = (name: string, isSo: (one: Effect.Success<ReturnType<typeof get>>) => boolean) =>
    Effect.repeat(get(name), { until: isSo, schedule: soon })

  /** From the request on; stopped when the scope closes. */
  const start = (name: string, id: number, options: object = {}) =>
    Effect.acquireRelease(
      app.call("PUT", `/v1/broadcasts/${name}`, {
        source: { kind: "rtmp_external", inputUrl: `${server.url}/live/bench`, relay: { ...relay, ...options } },
        mountpoint: { create: { id } }
      }),
      () => app.call("DELETE", `/v1/broadcasts/${name}?wait=stopped`)
    )
  return { app, browser, publishing, packetAfter, until, start }
})

/** `/proc/<pid>/stat` behind the program's name: 1 is the parent, 11 and 12 processor time, 19 the start, in 10 ms. */
const stat = (pid: number): ReadonlyArray<number> => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  return text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number)
}
const sinceStart = (pid: number) => uptime() * 1_000 - stat(pid)[19]! * 10
const cpuMillis = (pid: number) => (stat(pid)[11]! + stat(pid)[12]!) * 10
const memoryMb = (pid: number) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4_096 / 2 ** 20

/** Percent of a core that each process uses within the next ten seconds. */
const cpu = Effect.fnUntraced(function*(pids: ReadonlyArray<number>) {
  const [at, before] = [performance.now(), pids.map(cpuMillis)]
  yield* Effect.sleep("10 seconds")
  const lasted = performance.now() - at
  return pids.map((pid, n) => (cpuMillis(pid) - before[n]!) / lasted * 100)
})

const percent = (value: number) => `${value.toFixed(1)} % of a core`
const repeated = <E, R>(round: (n: number) => Effect.Effect<number, E, R>) =>
  Effect.map(
    Effect.forEach(Array.from({ length: rounds + 1 }, (_, n) => n), round),
    ([, ...measured]) => median(measured)
  )

export const relayRecovery = Effect.gen(function*() {
  const { app, browser, packetAfter, publishing, start, until } = yield* studio
  const of = `median of ${rounds}, load ${loadavg()[0]!.toFixed(1)}`
  yield* Effect.scoped(Effect.andThen(start("warm", 100), until("warm", ({ state }) => state === "running")))

  const spawned = yield* repeated((n) =>
    Effect.scoped(Effect.gen(function*() {
      yield* start(`s${n}`, 110 + n)
      const { relay } = yield* until(`s${n}`, (one) => (one.relay?.pid ?? null) !== null)
      const began = performance.now() - sinceStart(relay!.pid!)
      // before the first packet Janus counts from the mountpoint's creation, and a start is known to 10 ms
      return (yield* packetAfter(110 + n, began + 20)) - began
    }))
  )
  row("spawn to first video packet", `${ms(spawned)} ${of}`)

  const first = yield* repeated((n) =>
    Effect.scoped(Effect.gen(function*() {
      const began = performance.now()
      yield* start(`v${n}`, 120 + n)
      yield* until(`v${n}`, (one) => one.play.whep !== null)
      const placed = performance.now() - began
      const viewer = yield* browser.viewWhep({ url: `${app.url}/whep/v${n}` })
      return placed + (yield* viewer.firstFrame)
    }))
  )
  row("request to first decoded frame", `${ms(first)} ${of} (target 500 ms)`)

  const killed = yield* repeated((n) =>
    Effect.scoped(Effect.gen(function*() {
      yield* start(`k${n}`, 130 + n)
      const { relay } = yield* until(`k${n}`, ({ state }) => state === "running")
      yield* Effect.sleep("3 seconds")
      const at = performance.now()
      yield* Effect.sync(() => process.kill(relay!.pid!, "SIGKILL"))
      // what was under way may arrive still
      return (yield* packetAfter(130 + n, at + 30)) - at
    }))
  )
  row("relay killed to video again", `${ms(killed)} ${of} (target 500 ms)`)

  const frozen: Array<number> = []
  const thawed: Array<number> = []
  yield* Effect.scoped(Effect.gen(function*() {
    yield* start("f", 140)
    for (let n = 0; n < rounds; n++) {
      yield* until("f", ({ state }) => state === "running")
      yield* Effect.sleep("3 seconds")
      const at = performance.now()
      yield* publishing.signal("SIGSTOP")
      yield* until("f", ({ state }) => state !== "running")
      frozen.push(performance.now() - at)
      const on = performance.now()
      yield* publishing.signal("SIGCONT")
      thawed.push((yield* packetAfter(140, on)) - on)
    }
  }))
  row("source frozen to noticed", `${ms(median(frozen))} ${of} (target 5000 ms)`)
  row("source thawed to video again", `${ms(median(thawed))} ${of}`)

  yield* Effect.scoped(Effect.gen(function*() {
    yield* start("copy", 150, { video: "copy" })
    yield* start("transcode", 151, { video: "transcode" })
    const [copy, transcode] = yield* Effect.forEach(
      ["copy", "transcode"],
      (name) => until(name, (one) => one.state === "running")
    )
    const [cheap, dear] = yield* cpu([copy!.relay!.pid!, transcode!.relay!.pid!])
    row("one relay, 320x180 at 25 fps", `copy ${percent(cheap!)}`, `transcode ${percent(dear!)}`)
  }))

  yield* Effect.scoped(Effect.gen(function*() {
    const names = Array.from({ length: many }, (_, n) => `m${n}`)
    yield* Effect.forEach(names, (name, n) => start(name, 200 + n, { video: "copy" }), { concurrency: "unbounded" })
    const running = yield* Effect.forEach(names, (name) => until(name, ({ state }) => state === "running"))
    const pids = running.map((one) => one.relay!.pid!)
    const worker = stat(pids[0]!)[1]!
    const [own, ...theirs] = yield* cpu([worker, ...pids])
    const sum = (values: ReadonlyArray<number>) => values.reduce((all, value) => all + value, 0)
    row(
      `${many} copying relays`,
      `worker ${percent(own!)}, ${memoryMb(worker).toFixed(0)} MB`,
      `relays ${percent(sum(theirs))}, ${sum(pids.map(memoryMb)).toFixed(0)} MB`
    )
  }))
}).pipe(Effect.scoped)
