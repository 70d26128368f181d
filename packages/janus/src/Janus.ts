/**
 * Everything headend needs of a Janus server, in one layer: the three ports, the connection, WHIP and WHEP.
 */
import type { Forwarders } from "@headend/core/Forwarders"
import type { Keyring } from "@headend/core/Keyring"
import type { Mountpoints } from "@headend/core/Mountpoints"
import type { Rooms } from "@headend/core/Rooms"
import type { SettingsInvalid } from "@headend/core/Setting"
import { Layer } from "effect"
import * as JanusConfig from "./JanusConfig.ts"
import * as JanusConnection from "./JanusConnection.ts"
import * as JanusForwarders from "./JanusForwarders.ts"
import * as JanusMountpoints from "./JanusMountpoints.ts"
import * as JanusRooms from "./JanusRooms.ts"
import * as JanusWhep from "./JanusWhep.ts"
import * as JanusWhip from "./JanusWhip.ts"
import * as StreamingHandle from "./StreamingHandle.ts"
import * as VideoRoomHandle from "./VideoRoomHandle.ts"

/** What the layers here give. */
export type Janus =
  | Mountpoints
  | Rooms
  | Forwarders
  | JanusWhip.JanusWhip
  | JanusWhep.JanusWhep
  | JanusConnection.JanusConnection
  | JanusConfig.JanusConfig

const services = Layer.mergeAll(
  JanusMountpoints.layer,
  JanusRooms.layer,
  JanusForwarders.layer,
  JanusWhip.layer,
  JanusWhep.layer
).pipe(
  Layer.provide(Layer.mergeAll(StreamingHandle.layer, VideoRoomHandle.layer)),
  Layer.provideMerge(JanusConnection.layer)
)

/** With these settings. Ready at once: the connection is opened in the background. */
export const layer = (options: JanusConfig.Options): Layer.Layer<Janus, never, Keyring> =>
  Layer.provideMerge(services, JanusConfig.layer(options))

/** With the settings of the environment. */
export const layerConfig: Layer.Layer<Janus, SettingsInvalid, Keyring> = Layer.provideMerge(
  services,
  JanusConfig.layerConfig
)
