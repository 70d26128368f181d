/**
 * A broadcast in this process: the same domain as in the apps, with a registry in memory that ends with the command. Its
 * instance has a name of its own, so that it and an app on the same Janus never sweep each other.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { IsFake } from "@headend/app/Components"
import * as Domain from "@headend/app/Domain"
import * as Settings from "@headend/app/Settings"
import { logStart } from "@headend/core/BroadcastEvent"
import { Broadcasts } from "@headend/core/Broadcasts"
import { isEnded } from "@headend/core/Health"
import { Installation } from "@headend/core/Installation"
import { reader } from "@headend/core/Setting"
import { browserWebrtc } from "@headend/core/source/BrowserWebrtc"
import { Sources } from "@headend/core/Sources"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { Duration, Effect, Layer, Redacted, References, Stream } from "effect"
import { randomBytes } from "node:crypto"
import { codes, CommandFailed } from "./ExitCode.ts"
import { follow } from "./Follow.ts"
import { liveEnd, print, printJson, say } from "./Output.ts"
import * as Report from "./Report.ts"
import { fields, type Specification } from "./Specification.ts"

const usage = (message: string) => new CommandFailed({ code: codes.usage, message })

/** The settings of the environment, and what is wrong with them, all at once. */
const read = (change: (settings: Settings.Settings) => Settings.Settings) =>
  Effect.gen(function*() {
    const from = reader()
    const settings = change(yield* Settings.shared(from, { port: 0 }))
    return { settings, wrong: [...from.wrong, ...yield* Domain.wrong(settings)] }
  })

/** As the apps would take them. */
export const settings = read((settings) => settings)

const usable = Effect.gen(function*() {
  const { settings, wrong } = yield* read((given) => ({
    ...given,
    instance: `${given.instance}~${randomBytes(6).toString("hex")}`,
    registry: "memory",
    queue: "memory",
    // nobody comes after us: no key has to outlive the command
    secretKeys: given.secretKeys.length > 0 ? given.secretKeys : [Redacted.make(randomBytes(32).toString("base64"))]
  }))
  return wrong.length === 0 ? settings : yield* usage(["these settings cannot be used:", ...wrong].join("\n  "))
})

const references = (settings: Settings.Settings) =>
  Layer.mergeAll(
    Layer.succeed(Installation, { instance: settings.instance }),
    Layer.succeed(IsFake, settings.fakeJanus),
    // what happens, the command says
    Layer.succeed(References.MinimumLogLevel, settings.logLevel === "Info" ? "Warn" : settings.logLevel)
  )

const domain = Layer.unwrap(Effect.gen(function*() {
  const settings = yield* usable
  return Layer.provideMerge(Domain.worker(settings), Domain.foundation(settings)).pipe(
    Layer.provide(NodeServices.layer),
    Layer.provide(references(settings))
  )
}))

/** What a command in this process stands on. */
export const layer = Layer.effectContext(
  Effect.mapError(Layer.build(domain), (error) => error instanceof CommandFailed ? error : usage(error.message))
)

const decode = ({ json, lineOf }: Specification) =>
  Effect.mapError(
    Sources.use((sources) => sources.decode(json)),
    ({ errors }) =>
      new CommandFailed({
        code: codes.usage,
        message: ["the specification cannot be used (spec_invalid)", ...fields(errors, lineOf)].join("\n"),
        problem: { code: "spec_invalid", errors }
      })
  )

export const plan = Effect.fn("headend plan")(function*(specification: Specification) {
  const spec = yield* decode(specification)
  return yield* Broadcasts.use((broadcasts) => broadcasts.plan(spec))
})

/** Whoever publishes does so over HTTP, which this command does not serve. */
const needsApp = "source.kind: browser_webrtc waits for a browser that publishes by WHIP, which the HTTP app serves: "
  + "start that (npm run http, or pnpm http), and the broadcast with headend start"

/** On air until it ends, or until this is interrupted; either way everything is undone when it returns. */
export const run = Effect.fnUntraced(function*(specification: Specification, json: boolean) {
  const broadcasts = yield* Broadcasts
  const connection = yield* JanusConnection
  const spec = yield* decode(specification)
  if (spec.source.kind === browserWebrtc.kind) return yield* usage(needsApp)
  yield* Effect.timeoutOrElse(connection.awaitUp, {
    duration: "2 seconds",
    orElse: () => {
      const status = connection.current()
      const reason = status.state === "up" ? "it comes and goes" : status.reason
      return Effect.andThen(say(`waits for Janus (HEADEND_JANUS_URL): ${reason}`), connection.awaitUp)
    }
  })
  const { snapshot: { id, run } } = yield* Effect.mapError(broadcasts.start(spec), ({ message }) => usage(message))
  const snapshot = Effect.orDie(broadcasts.get(id))
  const facts = { id, run, snapshot, events: Stream.orDie(broadcasts.changes(logStart)), json }
  const takeDown = Effect.gen(function*() {
    yield* liveEnd
    yield* say(`stopping ${id}; once more ends at once and leaves what is on Janus`)
    yield* broadcasts.stop(id)
    const atMost = Duration.seconds(30)
    const ended = yield* broadcasts.await(id, run, ({ state }) => isEnded(state), atMost)
    yield* json ? printJson(ended) : print(Report.end(ended))
  })
  return yield* Effect.onInterrupt(follow(facts), () => Effect.ignore(takeDown))
})
