// The ports of headend, composed into a layer of this project's own: Janus for mountpoints, rooms and forwarders, FFmpeg
// for relays.
import * as Keyring from "@headend/core/Keyring"
import * as JanusConfig from "@headend/janus/JanusConfig"
import * as JanusConnection from "@headend/janus/JanusConnection"
import * as JanusForwarders from "@headend/janus/JanusForwarders"
import * as JanusMountpoints from "@headend/janus/JanusMountpoints"
import * as JanusRooms from "@headend/janus/JanusRooms"
import * as StreamingHandle from "@headend/janus/StreamingHandle"
import * as VideoRoomHandle from "@headend/janus/VideoRoomHandle"
import * as Guard from "@headend/relay/Guard"
import * as ProcessRelays from "@headend/relay/ProcessRelays"
import { find } from "@headend/relay/Programs"
import { Effect, Layer, Redacted } from "effect"

const janus = (url: string) =>
  Layer.mergeAll(JanusMountpoints.layer, JanusRooms.layer, JanusForwarders.layer).pipe(
    Layer.provide(Layer.mergeAll(StreamingHandle.layer, VideoRoomHandle.layer)),
    Layer.provide(JanusConnection.layer),
    Layer.provide(JanusConfig.layer({
      url,
      streamingAdminKey: Redacted.make("streaming-admin"),
      videoroomAdminKey: Redacted.make("videoroom-admin")
    })),
    Layer.provideMerge(Keyring.layerRandom)
  )

const relays = Layer.unwrap(Effect.gen(function*() {
  const programs = find()
  if (programs === undefined) return yield* Effect.die(new Error("this project needs ffmpeg and ffprobe on the PATH"))
  return ProcessRelays.layer({ programs }).pipe(Layer.provide(Guard.layer()))
}))

export const layer = (url: string) => Layer.merge(janus(url), relays)
