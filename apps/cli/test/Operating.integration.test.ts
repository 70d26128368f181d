// The calls that an operator needs beside starting and stopping: who publishes, jobs, workers, health; and a terminal that
// goes on while the app is restarted, or whose reader leaves.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import { freePort } from "@headend/integration/Ports"
import { requires } from "@headend/integration/Requires"
import * as FakeSrsServer from "@headend/testing/FakeSrsServer"
import { Effect, Layer } from "effect"
import { App, app, appProgram, browser, folder, headend, headendRunning, readUntil } from "./support.ts"

const json = (text: string) => text.trim().split("\n").map((line) => JSON.parse(line))

describe("an operator, with the command,", () => {
  layer(Layer.provideMerge(App.layer, NodeServices.layer), { excludeTestServices: true, timeout: "60 seconds" })(
    (it) => {
      it.effect("offers jobs, sees what was given up and why, and offers it again", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const offered = yield* headend(["queue", "start", "-", "--key", "once"], env, browser("job"))
          assert.match(offered.out, /^job \S+ is in the queue$/m)
          const again = yield* headend(["queue", "start", "-", "--key", "once", "--json"], env, browser("job"))
          assert.deepStrictEqual([again.code, JSON.parse(again.out).duplicate], [0, true])
          yield* Effect.repeat(headend(["show", "job"], env), { until: ({ code }) => code === 0, times: 40 })

          // the id is another's: no worker can do that
          yield* headend(["queue", "start", "-"], env, browser("job", { description: "another" }))
          const given = yield* Effect.repeat(headend(["queue", "dead", "--json"], env), {
            until: ({ out }) => out !== "",
            times: 40
          })
          const [letter] = json(given.out)
          assert.deepInclude(letter, { type: "start_broadcast", broadcast: "job" })
          const shown = yield* headend(["queue", "dead"], env)
          assert.match(shown.out, /^ID +JOB +BROADCAST +GIVEN UP +TRIES +REASON\n/)
          assert.include(shown.out, letter.reason)
          assert.match((yield* headend(["queue"], env)).out, /^memory: 0 wait; .* 1 dead letter$/m)

          const redriven = yield* headend(["queue", "redrive", letter.id, "--json"], env)
          assert.deepStrictEqual(json(redriven.out), [{ redriven: [letter.id] }])
          const stopped = yield* headend(["queue", "stop", "job"], env)
          assert.strictEqual(stopped.code, 0)
          yield* Effect.repeat(headend(["show", "job"], env), {
            until: ({ out }) => /^job {2}stopped/.test(out),
            times: 40
          })
          assert.strictEqual((yield* headend(["queue", "redrive", "--all"], env)).code, 0)
        }), 120_000)

      it.effect("sees the workers with their room, and what the app stands on", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          // the app has only just begun, and its worker may not have reached Janus yet
          const workers = yield* Effect.repeat(headend(["workers"], env), {
            until: ({ out }) => / ok +\d+s ago/.test(out),
            times: 40
          })
          assert.match(workers.out, /^WORKER +BROADCASTS +USED +STATE +SEEN\n\S+ +\d+ +[\d.]+ of 100 +ok +\d+s ago$/m)
          const [fleet] = json((yield* headend(["workers", "--json"], env)).out)
          assert.strictEqual(fleet.workers.length, 1)
          const health = yield* Effect.repeat(headend(["health"], env), { until: ({ code }) => code === 0, times: 40 })
          assert.strictEqual(health.code, 0)
          assert.match(health.out, /^✓ janus: fake /m)
          assert.match(health.out, /^✓ queue: memory: /m)
          assert.strictEqual(json((yield* headend(["health", "--json"], env)).out)[0].status, "ok")
        }), 120_000)

      it.effect("sees each hop of a broadcast, and what shows how it is", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          yield* headend(["start", "-"], env, browser("hops", { labels: { team: "events" } }))
          const shown = yield* Effect.repeat(headend(["show", "hops"], env), {
            until: ({ out }) => out.includes("publisher"),
            times: 40
          })
          assert.match(shown.out, /^ {2}browser_webrtc, run 1, on \S+, team:events$/m)
          assert.match(shown.out, /^ {2}publisher +waiting \d+s +waiting for anybody$/m)
          assert.match(shown.out, /^ {2}forwarder +unknown \d+s +nobody to forward$/m)
          assert.match(shown.out, /^ {2}publish \(WHIP\): http/m)
          yield* headend(["stop", "hops"], env)
        }), 120_000)

      it.effect(
        "is told what is wrong with a call in one line each, and for programs in JSON",
        () =>
          Effect.gen(function*() {
            const { env } = yield* App
            const of = (args: ReadonlyArray<string>, more = {}, input = "") =>
              Effect.map(headend([...args, "--json"], { ...env, ...more }, input), (said) => {
                assert.strictEqual(said.out, "", args.join(" "))
                const failure = JSON.parse(said.err)
                assert.strictEqual(failure.exitCode, said.code)
                return [said.code, failure.problem?.code ?? null]
              })
            yield* headend(["start", "-"], env, browser("plain"))
            assert.deepStrictEqual(yield* of(["kick", "nobody"]), [5, "broadcast_not_found"])
            assert.deepStrictEqual(yield* of(["kick", "plain"]), [5, "nothing_to_kick"])
            assert.deepStrictEqual(yield* of(["restart", "nobody"]), [5, "broadcast_not_found"])
            assert.deepStrictEqual(yield* of(["queue", "redrive", "nothing"]), [5, "dead_letter_not_found"])
            const reader = { HEADEND_TOKEN: "only-look" }
            for (
              const args of [["kick", "plain"], ["queue", "stop", "plain"], ["queue", "redrive", "x"], [
                "restart",
                "plain"
              ]]
            ) {
              assert.deepStrictEqual(yield* of(args, reader), [4, "scope_missing"])
            }
            assert.deepStrictEqual(yield* of(["workers"], { HEADEND_TOKEN: "guessed" }), [4, "token_invalid"])
            assert.deepStrictEqual(yield* of(["health"], { HEADEND_TOKEN: "" }), [4, "token_missing"])
            for (const args of [["queue"], ["queue", "dead"], ["workers"], ["health"], ["watch"], ["kick", "plain"]]) {
              assert.deepStrictEqual(yield* of(args, { HEADEND_URL: "http://127.0.0.1:1" }), [3, null])
            }
            assert.deepStrictEqual(yield* of(["list"], { HEADEND_URL: "nowhere" }), [2, null])
            // in words that say what to do
            const words = (more: object) => Effect.map(headend(["list"], { ...env, ...more }), ({ err }) => err)
            assert.match(
              yield* words({ HEADEND_URL: `http://127.0.0.1:${yield* freePort}` }),
              /\(HEADEND_URL, --url\): nobody listens there: is the HTTP app running\?$/m
            )
            assert.match(
              yield* words({ HEADEND_URL: `${env["HEADEND_URL"]}/v9` }),
              /there is no headend of this version$/m
            )
            assert.match(yield* words({ HEADEND_TOKEN: "guessed" }), /^ {2}give a token in HEADEND_TOKEN, /m)
            assert.deepStrictEqual(yield* of(["queue", "redrive"]), [2, null])
            assert.deepStrictEqual(yield* of(["queue", "nonsense"]), [2, null])
            assert.deepStrictEqual(yield* of(["kick"]), [2, null])
            assert.deepStrictEqual(yield* of(["queue", "start", "-"], {}, "{\n \"id\": }"), [2, "malformed_json"])
            // a mistake of the caller's is no occasion for a page of help
            const { err } = yield* headend(["list", "--state", "flying"], env)
            assert.match(err, /^headend: Invalid value for flag --state: "flying"/)
            assert.match(err, /^ {2}headend list --help$/m)
            yield* headend(["stop", "plain"], env)
          }),
        180_000
      )

      it.effect("has the names of all commands completed", () =>
        Effect.gen(function*() {
          for (const shell of ["bash", "zsh", "fish"]) {
            const { code, out } = yield* headend(["--completions", shell])
            assert.strictEqual(code, 0)
            for (const name of ["kick", "queue", "redrive", "workers", "health"]) assert.include(out, name, shell)
          }
        }), 120_000)

      it.effect("may leave when he has seen enough", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const watching = yield* readUntil(["watch"], env, /seen {2}/)
          // it listens once it tells of what is done
          const comes = headend(["start", "-"], env, browser("seen"))
          const goes = headend(["stop", "seen", "--wait"], env)
          yield* Effect.raceFirst(watching.read, Effect.forever(Effect.andThen(comes, goes)))
          yield* comes
          // the reader is gone: what is told now, nobody takes
          yield* headend(["stop", "seen", "--wait"], env)
          assert.deepStrictEqual(yield* watching.ended, { code: 0, err: "" })
        }), 120_000)
    }
  )
})

requires("ffmpeg", "ffprobe")("an operator", () => {
  it.live("kicks whoever publishes to an SRS, and is told when there is nobody", () =>
    Effect.gen(function*() {
      const srs = yield* FakeSrsServer.scoped()
      const env = { HEADEND_URL: yield* app({}) }
      const ingest = { rtmpUrl: "rtmp://127.0.0.1:1", app: "live", streamKey: "hush", srsApi: srs.url }
      const spec = JSON.stringify({ id: "feed", source: { kind: "rtmp_external", ingest } })
      const started = yield* headend(["start", "-"], env, spec)
      assert.strictEqual(started.code, 0, started.err)
      assert.match((yield* headend(["kick", "feed"], env)).out, /^feed: nobody publishes its ingest$/m)
      const publisher = yield* Effect.promise(() => srs.publish("live", "hush"))
      const kicked = yield* headend(["kick", "feed", "--json"], env)
      assert.deepStrictEqual(JSON.parse(kicked.out), { id: "feed", kicked: true })
      assert.isFalse(publisher.isPublishing())
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 120_000)

  it.live("watches on over a restart of the app, and misses nothing", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const port = yield* freePort
      const settings = { HEADEND_HTTP_PORT: String(port), HEADEND_REGISTRY: "sqlite" }
      const url = `http://127.0.0.1:${port}`
      const env = { HEADEND_URL: url }
      const first = yield* appProgram(settings, cwd)
      yield* first.awaitLine(/Listening on http/)
      const source = { kind: "test_pattern", width: 160, height: 90 }
      yield* headend(["start", "-"], env, JSON.stringify({ id: "stage", source }))
      const one = yield* headendRunning(["watch", "stage"], { env })
      const all = yield* headendRunning(["watch"], { env })
      // both listen, once they tell of what is done to it
      const seen = Effect.all([one.awaitLine(/hop relay/, 60_000), all.awaitLine(/stage {2}hop relay/, 60_000)])
      yield* Effect.raceFirst(seen, Effect.forever(headend(["restart", "stage"], env)))
      yield* headend(["start", "-"], env, browser("sign"))
      yield* all.awaitLine(/sign {2}waiting/)
      yield* first.terminate()
      for (const watching of [one, all]) yield* watching.awaitLine(/was lost; asks again until it answers$/)
      const second = yield* appProgram(settings, cwd)
      yield* second.awaitLine(/Listening on http/)
      yield* headend(["stop", "sign", "--wait"], env)
      yield* all.awaitLine(/answers again$/)
      yield* all.awaitLine(/sign {2}stopped/, 60_000)
      yield* headend(["stop", "stage", "--wait"], env)
      yield* one.awaitLine(/^stage stopped: stopped on request \(stopped\)$/, 60_000)
      assert.strictEqual((yield* one.ended).code, 0)
      yield* all.awaitLine(/stage {2}stopped: stopped on request/)
      const said = yield* all.tail
      assert.strictEqual(said.filter((line) => /sign {2}pending/.test(line)).length, 1, said.join("\n"))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 180_000)
})
