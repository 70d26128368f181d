// OBS' stream service settings: read, set, and given back as they were.
//
// OBS lays new settings of the same service type over the old ones, which would leave a former user and password in force,
// so the type is changed in between. And it refuses empty settings, which is what a fresh OBS has.
import type { Destination } from "@headend/core/Encoder"
import { Effect, Redacted, Schema } from "effect"
import { StreamServiceSettings } from "../ObsProtocol.ts"
import type { BatchRequest } from "../ObsSocket.ts"

type Given = StreamServiceSettings

const Json = Schema.fromJsonString(StreamServiceSettings)
const encode = Schema.encodeSync(Json)
const decodeJson = Schema.decodeEffect(Json)

/** As text, for the ledger. It holds keys in clear. */
export const read = (given: Given): Redacted.Redacted => Redacted.make(encode(given))

const custom = "rtmp_custom"
const common = "rtmp_common"

/** Where they publish to, if that is plain RTMP. */
export const toDestination = ({ streamServiceSettings, streamServiceType }: Given): Destination | null => {
  const { key, server } = streamServiceSettings
  return streamServiceType === custom && typeof server === "string" && typeof key === "string"
    ? { server, key: Redacted.make(key) }
    : null
}

const set = (given: Given): BatchRequest => ({ requestType: "SetStreamServiceSettings", requestData: given })

const nothing = { key: "" }

/** Requests that put exactly these in force, whatever was before. */
const putting = (given: Given): ReadonlyArray<BatchRequest> => [
  set({
    streamServiceType: given.streamServiceType === common ? custom : common,
    streamServiceSettings: given.streamServiceType === common ? { ...nothing, server: "" } : nothing
  }),
  set(Object.keys(given.streamServiceSettings).length === 0 ? { ...given, streamServiceSettings: nothing } : given)
]

/** Requests that give back what `read` told. */
export const restoring = (settings: Redacted.Redacted) => Effect.map(decodeJson(Redacted.value(settings)), putting)

export const toPoint = ({ key, server }: Destination): ReadonlyArray<BatchRequest> =>
  putting({
    streamServiceType: custom,
    streamServiceSettings: { server, key: Redacted.value(key), use_auth: false }
  })
