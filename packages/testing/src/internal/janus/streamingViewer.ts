// The asynchronous requests of the Streaming plugin: what a viewer sends. The answer is an event.
import type { Handle, Media, Mountpoint } from "./model.ts"
import { describe, type Line, type Offered, parse } from "./sdp.ts"
import type { Gateway, State } from "./State.ts"
import { findMountpoint } from "./streaming.ts"
import { codes } from "./streamingTables.ts"
import { type Answer, check, checkSecret, type Fields, isRefusal, parameters, type Refusal, text } from "./wire.ts"

/** Since 1.1.4 a viewer may bring an offer of its own. */
const TAKES_OFFERS_SINCE = 1104

const watchable = parameters({
  pin: "string",
  media: "array",
  restart: "boolean",
  offer_audio: "boolean",
  offer_video: "boolean",
  offer_data: "boolean"
})
const configurable = parameters({
  mid: "string",
  send: "boolean",
  substream: "positive integer",
  temporal: "positive integer",
  fallback: "positive integer",
  spatial_layer: "positive integer",
  temporal_layer: "positive integer",
  min_delay: "integer",
  max_delay: "integer"
})

export const isStreamingLater = (request: string): boolean =>
  ["watch", "start", "pause", "stop", "configure", "switch"].includes(request)

const refuse = (code: number, error: string): Refusal => ({ code, error })
const status = (name: string): Answer => ({ data: { streaming: "event", result: { status: name } } })

/** Takes the viewer off its mountpoint: it has stopped, hung up or gone. */
export const stopWatching = (handle: Handle) => {
  handle.viewer?.mountpoint.viewers.delete(handle)
  handle.viewer = undefined
}

const offerLines = (media: ReadonlyArray<Media>): ReadonlyArray<Line> =>
  media.map((line) => ({
    type: line.type,
    mid: line.mid,
    codec: line.codec,
    pt: line.pt,
    fmtp: line.fmtp,
    direction: "sendonly"
  }))

/** Which line of the mountpoint each line of the viewer's offer gets. */
const answerLines = (offer: ReadonlyArray<Offered>, media: ReadonlyArray<Media>): ReadonlyArray<Line> => {
  const left = [...media]
  return offer.map((line) => {
    const index = left.findIndex((one) =>
      one.type === line.type && (one.type === "data" || (one.codec !== undefined && line.codecs.has(one.codec)))
    )
    const [one] = index < 0 ? [] : left.splice(index, 1)
    return {
      type: line.type,
      mid: line.mid,
      codec: one?.codec,
      pt: one?.codec === undefined ? undefined : line.codecs.get(one.codec),
      fmtp: one?.fmtp,
      direction: one ? "sendonly" : "inactive"
    }
  })
}

const chosen = (mountpoint: Mountpoint, body: Fields): ReadonlyArray<Media> => {
  const mids = Array.isArray(body.media) ? body.media : []
  if (mids.length > 0) return mountpoint.media.filter((media) => mids.includes(media.mid))
  return mountpoint.media.filter((media) => body[`offer_${media.type}`] !== false)
}

const watch = (state: State, gateway: Gateway, handle: Handle, body: Fields, jsep: Fields | undefined): Answer => {
  const wrong = check(body, watchable, codes)
  if (wrong) return wrong
  const mountpoint = findMountpoint(state, body)
  if (isRefusal(mountpoint)) return mountpoint
  if (Array.isArray(body.media) && body.media.some((mid) => typeof mid !== "string")) {
    return refuse(codes.invalid, "The media array must only contain strings (mid values)")
  }
  const locked = checkSecret(mountpoint.pin, body, "pin", codes)
  if (locked) return locked
  const restart = body.restart === true && handle.viewer !== undefined
  if (handle.viewer && !restart) {
    if (handle.viewer.mountpoint !== mountpoint || !handle.viewer.started) {
      return refuse(460, `Already watching mountpoint ${handle.viewer.mountpoint.id}`)
    }
  }
  const media = chosen(mountpoint, body)
  if (media.length === 0) {
    return refuse(452, "Can't offer an SDP with no audio, video or data for this mountpoint")
  }
  const offered = jsep?.type === "offer" && state.settings.version >= TAKES_OFFERS_SINCE ? text(jsep.sdp) : undefined
  const lines = offered === undefined ? offerLines(media) : answerLines(parse(offered), media)
  handle.viewer = {
    mountpoint,
    media,
    role: offered === undefined ? "offer" : "answer",
    started: handle.viewer?.started ?? false,
    paused: false
  }
  mountpoint.viewers.add(handle)
  gateway.negotiate(handle, offered === undefined ? "offered" : "negotiated", media[0]?.mid ?? "0")
  return {
    data: { streaming: "event", result: { status: restart ? "updating" : "preparing" } },
    jsep: {
      type: offered === undefined ? "offer" : "answer",
      sdp: describe(`Mountpoint ${mountpoint.id}`, lines, {
        address: state.settings.address,
        setup: offered === undefined ? "actpass" : "active",
        candidates: state.candidates()
      }),
      ...(restart ? { restart: true } : {})
    }
  }
}

const start = (gateway: Gateway, handle: Handle, jsep: Fields | undefined): Answer => {
  if (!handle.viewer) return refuse(455, "Can't start: no mountpoint set")
  handle.viewer.paused = false
  if (jsep?.type === "answer") gateway.negotiate(handle, "negotiated", handle.viewer.media[0]?.mid ?? "0")
  return status(handle.viewer.started ? "started" : "starting")
}

const switchTo = (state: State, handle: Handle, body: Fields): Answer => {
  if (!handle.viewer) return refuse(455, "Can't switch: not on a mountpoint")
  const next = findMountpoint(state, body)
  if (isRefusal(next)) return next
  const locked = checkSecret(next.pin, body, "pin", codes)
  if (locked) return locked
  const { viewer } = handle
  viewer.mountpoint.viewers.delete(handle)
  next.viewers.add(handle)
  handle.viewer = { ...viewer, mountpoint: next, media: next.media }
  return { data: { streaming: "event", switched: "ok", id: next.id } }
}

/** Answers an asynchronous request; undefined when Janus stays silent. */
export const streamingLater = (
  state: State,
  gateway: Gateway,
  handle: Handle,
  request: string,
  body: Fields,
  jsep: Fields | undefined
): Answer | undefined => {
  switch (request) {
    case "watch":
      return watch(state, gateway, handle, body, jsep)
    case "start":
      return start(gateway, handle, jsep)
    case "pause":
      if (!handle.viewer) return refuse(455, "Can't start: no mountpoint set")
      handle.viewer.paused = true
      return status("pausing")
    case "configure":
      if (!handle.viewer) return refuse(455, "Can't configure: not on a mountpoint")
      return check(body, configurable, codes) ?? { data: { streaming: "event", result: { event: "configured" } } }
    case "switch":
      return switchTo(state, handle, body)
    case "stop": {
      if (!handle.viewer?.started) return undefined
      gateway.closePc(handle, "Close PC")
      return status("stopping")
    }
    default:
      return undefined
  }
}
