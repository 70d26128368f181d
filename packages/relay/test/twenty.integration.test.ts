// Twenty copying relays in one worker, for a minute: all of them make progress all the time, and nothing of them is left.
import { assert, layer } from "@effect/vitest"
import * as JanusLists from "@headend/integration/JanusLists"
import { isAlive } from "@headend/integration/Machine"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { nodeMediaServer, publish } from "@headend/integration/RtmpServers"
import { Effect } from "effect"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { ages, eventually, relayProcesses } from "./support/bench.ts"
import { start, station, until } from "./support/station.ts"

const names = Array.from({ length: 20 }, (_, n) => `relay-${n}`)
const idOf = (name: string) => 300 + names.indexOf(name)

/** The open descriptors of this process, each with what it is; the one that reads the folder is gone meanwhile. */
const descriptors = Effect.sync(() =>
  readdirSync("/proc/self/fd").flatMap((name) =>
    Effect.runSync(Effect.orElseSucceed(
      Effect.try({ try: () => [`${name} ${readlinkSync(`/proc/self/fd/${name}`)}`], catch: () => undefined }),
      () => []
    ))
  )
)

/** Datagram ports that somebody on this machine has open in the range. */
const openPorts = ({ first, last }: { readonly first: number; readonly last: number }) =>
  readFileSync("/proc/net/udp", "utf8").split("\n").slice(1).flatMap((line) => {
    const port = Number.parseInt(/^\s*\d+: [0-9A-F]+:([0-9A-F]+)/.exec(line)?.[1] ?? "0", 16)
    return port >= first && port <= last ? [port] : []
  })

requires("janus", "ffmpeg", "ffprobe", "network")("twenty relays", () => {
  layer(station(), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    it.effect(
      "run for a minute, each with its progress, and leave no process, no descriptor and no port",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const server = yield* nodeMediaServer()
          const publisher = yield* publish(`${server.url}/live/twenty`)
          const before = yield* descriptors
          const source = {
            kind: "rtmp_external",
            inputUrl: `${server.url}/live/twenty`,
            relay: { kind: "ffmpeg", video: "copy" }
          }
          const pids = yield* Effect.scoped(Effect.gen(function*() {
            const began = performance.now()
            yield* Effect.forEach(names, (id) => start({ id, source, mountpoint: { create: { id: idOf(id) } } }), {
              concurrency: "unbounded"
            })
            const running = yield* Effect.forEach(
              names,
              (id) => until(id, ({ relay, state }) => state === "running" && relay?.progress?.["frames"] !== undefined),
              { concurrency: "unbounded" }
            )
            console.log(`twenty relays: all running ${Math.round(performance.now() - began)} ms after the request`)
            assert.strictEqual(new Set(running.map(({ relay }) => relay!.pid)).size, names.length)
            assert.isAtLeast(openPorts(janus.rtpPorts).length, 2 * names.length)
            assert.isAtLeast((yield* descriptors).length, before.length + 3 * names.length)

            const [usedAt, used] = [performance.now(), process.cpuUsage()]
            const seen = names.map((_, n) => [running[n]!.relay!.progress!["frames"]!])
            for (let round = 0; round < 12; round++) {
              yield* Effect.sleep("5 seconds")
              for (const [n, id] of names.entries()) {
                const { relay } = yield* until(id, () => true)
                seen[n]!.push(relay!.progress!["frames"]!)
                for (const age of yield* ages(idOf(id))) assert.isBelow(age, 1_500, `${id}, round ${round}`)
              }
            }
            const lasted = performance.now() - usedAt
            const { system, user } = process.cpuUsage(used)
            const memory = Math.round(process.memoryUsage().rss / 2 ** 20)
            const cpu = ((user + system) / lasted / 10).toFixed(1)
            const last = yield* Effect.forEach(names, (id) => until(id, () => true))
            const sum = (key: string) => last.reduce((all, { relay }) => all + (relay!.progress![key] ?? 0), 0)
            console.log(
              `twenty relays: the worker used ${cpu} % of a core and ${memory} MB (the test runner with it); `
                + `the relays ${sum("cpuPercent").toFixed(0)} % and ${sum("memoryMb")} MB, ${sum("fps").toFixed(0)} fps`
            )
            for (const [n, frames] of seen.entries()) {
              for (const [round, count] of frames.slice(1).entries()) {
                assert.isAbove(count, frames[round]!, `${names[n]}: frames advance in round ${round}`)
              }
              assert.isAbove(frames.at(-1)! - frames[0]!, lasted / 1_000 * 25 * 0.9, names[n])
            }
            for (const [n, { relay }] of last.entries()) {
              assert.deepInclude(relay, { pid: running[n]!.relay!.pid, restarts: 0 }, names[n])
            }
            return last.map(({ relay }) => relay!.pid!)
          }))
          assert.deepStrictEqual(pids.filter(isAlive), [])
          assert.deepStrictEqual(relayProcesses(), [publisher.pid])
          assert.deepStrictEqual(yield* JanusLists.make(janus).mountpoints, [])
          // Janus closes the sockets of a mountpoint some time after it has said that it is destroyed
          yield* eventually(Effect.sync(() => openPorts(janus.rtpPorts)), (left) => left.length === 0)
          // the pipes of a child are closed by Node in its own time
          const more = Effect.map(descriptors, (now) => now.filter((one) => !before.includes(one)))
          assert.deepStrictEqual(yield* eventually(more, (left) => left.length === 0), [])
        }),
      240_000
    )
  })
})
