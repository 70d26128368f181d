// The command against the HTTP app, both as they are built, on the embedded fake Janus.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { App, browser, comesAndGoes, headend, headendRunning } from "./support.ts"

describe("headend, asking the app,", () => {
  layer(Layer.provideMerge(App.layer, NodeServices.layer), { excludeTestServices: true, timeout: "60 seconds" })(
    (it) => {
      it.effect("starts, shows, lists and stops a broadcast", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const started = yield* headend(["start", "-"], env, browser("lobby", { labels: { team: "events" } }))
          assert.strictEqual(started.code, 0, started.err)
          assert.match(started.out, /^lobby {2}(pending|starting|waiting)/)
          const shown = yield* Effect.repeat(headend(["show", "lobby"], env), {
            until: ({ out }) => out.includes("publish (WHIP)"),
            times: 40
          })
          assert.include(shown.out, `publish (WHIP): ${env["HEADEND_URL"]}/whip/lobby`)
          const listed = yield* headend(["list", "--label", "team:events"], env)
          assert.match(listed.out, /^ID +STATE +SINCE +SOURCE/)
          assert.match(listed.out, /^lobby .* browser_webrtc /m)
          const asJson = yield* headend(["show", "lobby", "--json"], env)
          assert.strictEqual(JSON.parse(asJson.out).id, "lobby")
          const stopped = yield* headend(["stop", "lobby", "--wait"], env)
          assert.match(stopped.out, /^lobby {2}stopped \S+\n$/, "nobody publishes there any more")
          const none = yield* headend(["list", "--state", "waiting", "--json"], env)
          assert.deepStrictEqual([none.code, none.out], [0, ""])
        }), 120_000)

      it.effect(
        "shows what is wrong with a specification, each field on its line, with exit code 2",
        () =>
          Effect.gen(function*() {
            const { env } = yield* App
            const wrong = JSON.stringify({
              mountpoint: { create: { media: [{ type: "video", pt: 300 }] } },
              source: { kind: "videoroom", room: {} }
            })
            for (const command of ["start", "plan"]) {
              const { code, err } = yield* headend([command, "-"], env, wrong)
              assert.strictEqual(code, 2)
              assert.match(err, /\(spec_invalid\)\n/)
              assert.match(err, /^ {2}source\.room\.id: Missing key$/m)
              assert.match(err, /^ {2}mountpoint\.create\.media\.0\.pt: /m)
            }
          }),
        120_000
      )

      it.effect(
        "asked for JSON, fails in JSON, with each field where a program finds it",
        () =>
          Effect.gen(function*() {
            const { env } = yield* App
            const { code, err, out } = yield* headend(
              ["start", "-", "--json"],
              env,
              "{\"source\":{\"kind\":\"videoroom\"}}"
            )
            assert.deepStrictEqual([code, out], [2, ""])
            const { exitCode, problem } = JSON.parse(err)
            assert.strictEqual(exitCode, 2)
            assert.deepInclude(problem, { status: 422, code: "spec_invalid" })
            assert.deepStrictEqual(problem.errors, [{ path: ["source", "room"], message: "Missing key" }])
          }),
        120_000
      )

      it.effect("plans without touching anything", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const { code, out } = yield* headend(["plan", "-"], env, browser("studio"))
          assert.strictEqual(code, 0)
          assert.match(out, /^publisher: create room/m)
          assert.strictEqual((yield* headend(["show", "studio"], env)).code, 5)
        }), 120_000)

      it.effect("carries a payload of streaming_utils over, and says what it leaves out", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const payload = JSON.stringify({ source_kind: "frontend_owned", broadcast_id: "old", queue_kind: "redis" })
          const { code, err, out } = yield* headend(["start", "--streaming-utils", "-"], env, payload)
          assert.strictEqual(code, 0, err)
          assert.match(out, /^old {2}/)
          assert.match(err, /^queue_kind is left out: /)
          const refused = yield* headend(
            ["start", "--streaming-utils", "-"],
            env,
            JSON.stringify({ source_kind: "obs" })
          )
          assert.strictEqual(refused.code, 2)
          assert.match(refused.err, /^ {2}srs: needed by this kind of source$/m)
          yield* headend(["stop", "old", "--wait"], env)
        }), 120_000)

      it.effect("watches a broadcast until it has ended, as events in JSON", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          yield* headend(["start", "-"], env, browser("stage"))
          const watching = yield* headendRunning(["watch", "stage", "--json"], { env })
          const lines = yield* headendRunning(["watch"], { env })
          // both listen, once they tell of somebody who comes and goes
          const seen = Effect.all([watching.awaitLine(/"HopChanged"/), lines.awaitLine(/stage {2}hop/)])
          yield* Effect.raceFirst(seen, Effect.forever(comesAndGoes(env, "stage")))
          yield* headend(["stop", "stage", "--wait"], env)
          yield* watching.awaitLine(/"_tag":"ResourceReleased"/)
          yield* watching.awaitLine(/"state":"stopped"/)
          assert.deepStrictEqual(yield* watching.ended, { code: 0, signal: null })
          yield* lines.awaitLine(/stage {2}stopped/)
          yield* lines.signal("SIGINT")
          assert.strictEqual((yield* lines.ended).code, 0)
        }), 120_000)

      it.effect("ends with an exit code that says who can help", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const code = (args: ReadonlyArray<string>, more = {}, input = "") =>
            Effect.map(headend(args, { ...env, ...more }, input), (said) => said.code)
          assert.strictEqual(yield* code(["show", "nobody"]), 5)
          assert.strictEqual(yield* code(["logs", "nobody"]), 5)
          assert.strictEqual(yield* code(["list"], { HEADEND_TOKEN: "guessed" }), 4)
          assert.strictEqual(yield* code(["stop", "--all"], { HEADEND_TOKEN: "only-look" }), 4)
          assert.strictEqual(yield* code(["list"], { HEADEND_URL: "http://127.0.0.1:1" }), 3)
          assert.strictEqual(yield* code(["stop"]), 2)
          assert.strictEqual(yield* code(["nonsense"]), 2)
          assert.strictEqual(yield* code(["start", "/nowhere.json"]), 2)
          assert.strictEqual(yield* code(["start", "-"], {}, "no JSON"), 2)
          const late = { id: "late", source: { kind: "videoroom", room: { id: 99 }, waitForPublisher: "1 second" } }
          assert.strictEqual(yield* code(["start", "-", "--wait"], {}, JSON.stringify(late)), 2)
        }), 120_000)

      it.effect(
        "says so with a code of its own when the time to wait is over, and what it waited for goes on",
        () =>
          Effect.gen(function*() {
            const { env } = yield* App
            const late = yield* headend(["start", "-", "--wait", "--timeout", "1"], env, browser("slow"))
            assert.strictEqual(late.code, 6, late.err)
            assert.match(late.out, /^slow {2}\w+ /)
            assert.match(late.err, /^headend: slow is not on air after 1 s; .*: headend watch slow$/m)
            const asJson = yield* headend(["start", "-", "--wait", "--timeout", "0", "--json"], env, browser("slow"))
            assert.strictEqual(asJson.code, 6, asJson.err)
            assert.strictEqual(JSON.parse(asJson.out).id, "slow")
            assert.deepInclude(JSON.parse(asJson.err), { exitCode: 6, problem: null })
            const wrong = yield* headend(["start", "-", "--wait", "--timeout", "301"], env, browser("slow"))
            assert.strictEqual(wrong.code, 2)
            assert.include(wrong.err, "\"301\". Expected: 0 to 300 seconds")

            yield* headend(["start", "-"], env, browser("slower", { labels: { team: "late" } }))
            const some = yield* headend(["stop", "--all", "--label", "team:late", "--wait"], env)
            assert.deepStrictEqual([some.code, some.out], [0, "stopping: slower\n"], some.err)
            assert.match((yield* headend(["show", "slower"], env)).out, /^slower {2}stopped/)
            assert.match((yield* headend(["show", "slow"], env)).out, /^slow {2}(pending|starting|waiting)/)
            yield* headend(["stop", "slow", "--wait"], env)
          }),
        120_000
      )

      it.effect("shows no token in what it says", () =>
        Effect.gen(function*() {
          const { env } = yield* App
          const said = yield* headend(["list", "--token", "guessed-token"], env)
          assert.notInclude(said.err + said.out, "guessed-token")
        }), 120_000)

      it.effect("writes completions", () =>
        Effect.gen(function*() {
          const { code, out } = yield* headend(["--completions", "bash"])
          assert.strictEqual(code, 0)
          assert.match(out, /doctor/)
        }), 120_000)
    }
  )
})
