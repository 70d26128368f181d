/**
 * Janus, by doing what a broadcast does: a private mountpoint and a room are made and destroyed. That is the only proof that
 * plugins, keys and addresses are as they must be.
 */
import * as Keyring from "@headend/core/Keyring"
import { ownerOf } from "@headend/core/Mark"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Rooms } from "@headend/core/Rooms"
import * as Janus from "@headend/janus/Janus"
import { JanusConfig } from "@headend/janus/JanusConfig"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { Effect, Layer, Option } from "effect"
import { randomBytes, randomInt } from "node:crypto"
import { bad, type Finding, ok } from "./Finding.ts"
import { arrives } from "./rtp.ts"

const keys =
  "HEADEND_JANUS_STREAMING_ADMIN_KEY and HEADEND_JANUS_VIDEOROOM_ADMIN_KEY are the admin_key of these plugins"

const advice = ({ _tag, message }: Failure): string => {
  if (_tag === "Unauthorized") return `set the plugin's admin key: ${keys}`
  if (_tag === "MountpointInvalid" || /interface|resolve/i.test(message)) {
    return "HEADEND_JANUS_RTP_INTERFACE must be an address or a network interface of the machine that Janus runs on; "
      + "without it, HEADEND_JANUS_RTP_HOST must be one"
  }
  return _tag === "MountpointRefused"
    ? "widen rtp_port_range in janus.plugin.streaming.jcfg: no port of it is free"
    : "see the log of Janus for the reason"
}

const reasons = (url: string, reason: string): string => {
  if (/403|unauthori[sz]ed|apisecret/i.test(reason)) return "set HEADEND_JANUS_API_SECRET, or HEADEND_JANUS_TOKEN"
  if (/460|no such plugin/i.test(reason)) return "enable the plugins janus.plugin.streaming and janus.plugin.videoroom"
  return `start Janus with its WebSocket transport, or set HEADEND_JANUS_URL (now ${url})`
}

interface Failure {
  readonly _tag: string
  readonly message: string
}

/** Tries it, and what can be tried with it; whatever came of it is undone. */
const trial = <A, E extends Failure>(
  what: string,
  make: Effect.Effect<A, E>,
  undo: Effect.Effect<void, Failure>,
  shows: (made: A) => ReadonlyArray<Effect.Effect<Finding>>
): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.matchEffect(make, {
    onSuccess: (made) => Effect.all(shows(made)),
    onFailure: (error) => Effect.succeed([bad(what, error.message, advice(error))])
  }).pipe(Effect.ensuring(Effect.ignore(undo)))

const examine = Effect.gen(function*() {
  const connection = yield* JanusConnection
  const { url } = yield* JanusConfig
  const isUp = yield* Effect.timeoutOption(connection.awaitUp, "6 seconds")
  const status = connection.current()
  if (Option.isNone(isUp) || status.state !== "up") {
    const reason = status.state === "up" ? "it comes and goes" : status.reason
    return [bad("janus", `${url} does not answer: ${reason}`, reasons(url, reason))]
  }
  const mountpoints = yield* Mountpoints
  const rooms = yield* Rooms
  const mark = {
    instance: `doctor~${randomBytes(6).toString("hex")}`,
    broadcast: "doctor",
    run: 1,
    epoch: 1,
    worker: "doctor"
  }
  const id = randomInt(1, 2 ** 47)
  return [
    ok("janus", `${url}, version ${status.versionText}`),
    ...yield* trial(
      "streaming plugin",
      mountpoints.ensure({ type: "rtp", id, private: true, media: [{ type: "video" }] }, mark),
      mountpoints.destroy(id, ownerOf(mark)),
      ({ media }) => [
        Effect.succeed(ok("streaming plugin", "made and destroyed a private mountpoint")),
        ...media.map((track) => arrives(track, mountpoints.read(id)))
      ]
    ),
    ...yield* trial(
      "videoroom plugin",
      rooms.ensure(id, { private: true }, mark),
      rooms.destroy(id, ownerOf(mark)),
      () => [Effect.succeed(ok("videoroom plugin", "made and destroyed a private room"))]
    )
  ]
})

export const janus: Effect.Effect<ReadonlyArray<Finding>> = Effect.scoped(
  Effect.provide(examine, Layer.provide(Janus.layerConfig, Keyring.layerRandom))
).pipe(
  Effect.catchTag(
    "SettingsInvalid",
    ({ wrong }) => Effect.succeed(wrong.map((line) => bad("janus", line, "mend the setting")))
  )
)
