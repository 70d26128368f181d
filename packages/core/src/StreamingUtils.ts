/**
 * Coming from streaming_utils: a payload of its `BroadcastRequest` becomes a specification, or every field that cannot be
 * carried over is named, with the reason, under its name there. Nothing that would change what is on air is dropped.
 */
import { Effect, Result } from "effect"
import type { BroadcastSpec } from "./BroadcastSpec.ts"
import { Account, Dictionary, type Fields, isFields, type Path } from "./internal/carrying.ts"
import * as Tables from "./internal/streamingUtilsFields.ts"
import { Sources } from "./Sources.ts"
import { type FieldError, SpecInvalid } from "./SpecInvalid.ts"

/** A payload that was carried over. */
export interface Carried<Spec> {
  readonly spec: Spec
  /** What was left out: it does nothing here, or did nothing there, and why. */
  readonly left: ReadonlyArray<FieldError>
}

/**
 * To the specification as JSON: for the body of a request, a job, a file. Whether its values make sense, whoever reads it
 * says; `decode` says so at once. Secrets are in it in clear.
 */
export const toJson = (payload: unknown): Effect.Effect<Carried<Fields>, SpecInvalid> => {
  const { account, spec } = carry(payload)
  return account.wrong.length > 0
    ? Effect.fail(new SpecInvalid({ errors: account.wrong }))
    : Effect.succeed({ spec, left: account.left })
}

/** To a specification of the kinds that this app has; what is wrong with a value is told under its name there, too. */
export const decode = Effect.fnUntraced(function*(
  payload: unknown
): Effect.fn.Return<Carried<BroadcastSpec>, SpecInvalid, Sources> {
  const { account, spec } = carry(payload)
  const sources = yield* Sources
  const result = yield* Effect.result(sources.decode(spec))
  if (Result.isSuccess(result) && account.wrong.length === 0) return { spec: result.success, left: account.left }
  const more = Result.isSuccess(result) ? [] : result.failure.errors.flatMap(({ message, path }) => {
    const from = account.origin(path)
    // what is absent because it could not be carried over has been told
    if (from === undefined) return account.wrong.length > 0 ? [] : [{ path, message }]
    return account.isWrong(from) ? [] : [{ path: from, message }]
  })
  return yield* new SpecInvalid({ errors: [...account.wrong, ...more] })
})

const carry = (payload: unknown) => {
  const account = new Account()
  const request = new Dictionary(payload, [], account)
  const kind = request.take("source_kind", ["source", "kind"])
  const source = typeof kind === "string" ? sources[kind] : undefined
  if (source === undefined) {
    request.wrong("source_kind", `expected one of ${Object.keys(sources).join(", ")}`)
  }
  const spec: Record<string, unknown> = request.carry({ broadcast_id: "id", description: "description" }, [])
  if (source !== undefined) spec["source"] = { kind, ...source(request) }
  const mountpoint = mountpointOf(request, kind)
  if (mountpoint !== undefined) spec["mountpoint"] = mountpoint
  // its word for no relay says nothing that must be told
  if (isFields(payload) && payload["relay_kind"] === "none") request.peek("relay_kind")
  for (const [name, why] of Object.entries(elsewhere)) request.leave(name, why)
  for (const name of ofSomeKind) request.leave(name, `a source of kind ${String(kind)} has no use for it`)
  request.close(() => "streaming_utils has no such field")
  return { account, spec }
}

/** What is not said in a specification. */
const elsewhere: Readonly<Record<string, string>> = {
  queue_kind: "which queue there is, is a setting of the app (HEADEND_QUEUE); it was ignored there, too",
  host: "media goes to where the mountpoint is; its address is a setting (HEADEND_JANUS_RTP_HOST)",
  owned_by_app: "who creates, destroys: the mark on a thing says whose it is"
}

/** What only some kinds have. */
const ofSomeKind = [
  "relay_kind",
  "room_id",
  "publisher_id",
  "input_url",
  "gstreamer_pipeline",
  "srs",
  "room_spec",
  "rtsp_camera",
  "obs_host",
  "obs_port",
  "obs_password",
  "obs_secure"
]

type ToSource = (request: Dictionary) => Fields

const source: Path = ["source"]

const videoroom: ToSource = (request) => {
  request.needs("room_id", "needed by a source of kind videoroom")
  request.needs("publisher_id", "needed by a source of kind videoroom")
  return { ...roomOf(request), publisher: { id: request.take("publisher_id", [...source, "publisher", "id"]) } }
}

const browserWebrtc: ToSource = (request) => (request.has("room_id") ? roomOf(request) : {})

const obs: ToSource = (request) => {
  request.needs("obs_host", "needed by a source of kind obs")
  // the port that obs-websocket listens on unless it is told otherwise
  const address = { port: 4455, ...request.carry(Tables.obs, [...source, "obs"]) }
  return { obs: address, ...ingestOf(request), ...relayOf(request) }
}

const rtmpExternal: ToSource = (request) => {
  if (!request.has("srs") && request.has("input_url")) {
    return { inputUrl: request.take("input_url", [...source, "inputUrl"]), ...relayOf(request) }
  }
  if (request.has("input_url")) request.wrong("input_url", "srs names the input, too: give one of them")
  return { ...ingestOf(request), ...relayOf(request) }
}

const rtspCamera: ToSource = (request) => {
  const camera = request.inner("rtsp_camera")
  const to = [...source, "camera"]
  request.needs("rtsp_camera", "needed by a source of kind rtsp_camera")
  if (request.has("input_url")) request.wrong("input_url", "rtsp_camera names the address: give it there")
  request.peek("input_url")
  const carried = camera.carry(Tables.camera, to)
  camera.close(() => "a camera has no such field here; a camera that falls silent is noticed after 4 seconds")
  return { camera: carried, ...relayOf(request) }
}

const sources: Readonly<Record<string, ToSource>> = {
  videoroom,
  obs,
  rtmp_external: rtmpExternal,
  external: rtmpExternal,
  rtsp_camera: rtspCamera,
  frontend_owned: () => ({}),
  browser_webrtc: browserWebrtc
}

/** A room that is there is used, whoever made it; a missing one was made there unless somebody else was to own it. */
const roomOf = (request: Dictionary): Fields => {
  const to = [...source, "room"]
  const spec = request.inner("room_spec")
  const id = request.take("room_id", [...to, "id"])
  for (const name of ["room", "room_id"]) {
    const other = spec.peek(name)
    if (other !== undefined && other !== id) spec.wrong(name, "is another room than room_id")
  }
  const keys = spec.carry({ secret: "secret", pin: "pin" }, to)
  const isOurs = request.peek("owned_by_app") !== false
  const making = spec.carry(Tables.room, [...to, "spec"])
  if (!isOurs && Object.keys(making).length > 0) {
    request.wrong(
      "room_spec",
      "with owned_by_app: false the room would be made and kept; a room that headend makes is destroyed at the end: make it beforehand"
    )
  }
  spec.close(() => "a room has no such field here; what only Janus knows goes into extra")
  const ifMissing = isOurs ? { ifMissing: "create" } : {}
  return {
    room: { id, ...keys, ...ifMissing, ...(isOurs && Object.keys(making).length > 0 ? { spec: making } : {}) }
  }
}

const ingestOf = (request: Dictionary): Fields => {
  request.needs("srs", "needed by this kind of source")
  const srs = request.inner("srs")
  const ingest = srs.carry(Tables.ingest, [...source, "ingest"])
  srs.leave("publish_url", "it is made of rtmp_url, app and stream_key")
  srs.close(() => "an ingest has no such field here")
  return { ingest }
}

const relayOf = (request: Dictionary): Fields => {
  const to = [...source, "relay"]
  const kind = request.take("relay_kind", [...to, "kind"])
  if (kind === undefined || kind === "none") {
    request.wrong("relay_kind", "this kind of source needs a relay: ffmpeg or gstreamer")
  }
  const pipeline = request.take("gstreamer_pipeline", [...to, "pipeline"])
  if (pipeline === undefined) return { relay: { kind } }
  if (typeof pipeline !== "string" || /["'\\]/.test(pipeline)) {
    request.wrong(
      "gstreamer_pipeline",
      "a pipeline is an array of arguments here, without quotes: write relay.pipeline by hand"
    )
  }
  return { relay: { kind, pipeline: String(pipeline).trim().split(/\s+/) } }
}

const mountpointOf = (request: Dictionary, kind: unknown): Fields | undefined => {
  const spec = request.inner("mountpoint_spec")
  const create = request.peek("create_mountpoint")
  const isCreated = create === undefined ? kind !== "videoroom" : create === true
  if (create !== undefined && typeof create !== "boolean") request.wrong("create_mountpoint", "expected true or false")
  if (!request.has("mountpoint_spec")) {
    if (kind === "frontend_owned") return undefined
    // without one, headend makes a mountpoint of its own choice, which nobody asked for there
    request.wrong("mountpoint_spec", "needed by this kind of source")
    return undefined
  }
  const to = ["mountpoint", isCreated ? "create" : "adopt"]
  const fields = spec.carry(isCreated ? Tables.mountpoint : { id: "id", secret: "secret" }, to)
  if (!isCreated) {
    spec.needs("id", "without create_mountpoint a mountpoint that exists is fed: headend needs its id")
    for (const name of Object.keys(Tables.mountpoint)) spec.leave(name, "a mountpoint that exists stays as it is")
  }
  const media = tracksOf(spec, [...to, "media"], !isCreated)
  if (kind === "videoroom" && (media === undefined || media.length === 0)) {
    spec.wrong("media", "needed by a source of kind videoroom")
  }
  spec.leave("admin_key", "a setting (HEADEND_JANUS_STREAMING_ADMIN_KEY)")
  spec.close(() => "a mountpoint has no such field here; what only Janus knows goes into extra")
  return { [isCreated ? "create" : "adopt"]: media === undefined ? fields : { ...fields, media } }
}

const tracksOf = (spec: Dictionary, to: Path, needPorts: boolean): ReadonlyArray<Fields> | undefined =>
  spec.list("media", to)?.map((track, i) => {
    const table = Tables.tracks[String(track.peek("type"))] ?? Tables.tracks["video"]!
    const carried = track.carry(table, [...to, i])
    if (needPorts && !carried["port"]) track.wrong("port", "needed without create_mountpoint")
    track.close(() => "a track of this type has no such field here")
    return carried
  })
