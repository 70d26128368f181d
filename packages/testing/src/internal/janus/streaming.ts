// The synchronous requests of the Streaming plugin, except create. Order of checks and texts are those of Janus 1.1.2.
import { rtpmap } from "./codecs.ts"
import type { Media, Mountpoint } from "./model.ts"
import type { Gateway, State } from "./State.ts"
import { create } from "./streamingCreate.ts"
import { codes } from "./streamingTables.ts"
import {
  type Answer,
  check,
  checkSecret,
  compact,
  type Fields,
  type Id,
  isRefusal,
  parameters,
  type Refusal,
  text
} from "./wire.ts"

const anId = parameters({ id: "positive integer!" })
const aStringId = parameters({ id: "string!" })
const editable = parameters({
  new_description: "string",
  new_metadata: "string",
  new_secret: "string",
  new_pin: "string",
  new_is_private: "boolean",
  permanent: "boolean",
  edited_event: "boolean"
})
const destroyable = parameters({ permanent: "boolean" })
const disableable = parameters({ stop_recording: "boolean" })
const recordable = parameters({ action: "string!" })

/** The mountpoint that a request names, or why there is none. */
export const findMountpoint = (
  state: State,
  body: Fields,
  missing: (id: Id) => string = (id) => `No such mountpoint/stream ${id}`
): Mountpoint | Refusal => {
  const wrong = check(body, state.settings.stringIds ? aStringId : anId, codes)
  if (wrong) return wrong
  const id = body.id as Id
  return state.mountpoints.get(id) ?? { code: 455, error: missing(id) }
}

const allowed = (
  state: State,
  body: Fields,
  missing?: (id: Id) => string
): Mountpoint | Refusal => {
  const mountpoint = findMountpoint(state, body, missing)
  if (isRefusal(mountpoint)) return mountpoint
  return checkSecret(mountpoint.secret, body, "secret", codes) ?? mountpoint
}

const listedMedia = (state: State, media: Media): Fields =>
  compact({ mid: media.mid, type: media.type, label: media.label, msid: media.msid, age_ms: state.age(media) })

const list = (state: State, body: Fields): Answer => {
  let all = false
  const key = text(body.admin_key)
  if (state.settings.streamingAdminKey !== null && key !== undefined && key !== "") {
    const wrong = checkSecret(state.settings.streamingAdminKey, body, "admin_key", codes)
    if (wrong) return wrong
    all = true
  }
  const found: Array<Fields> = []
  for (const mountpoint of state.mountpoints.values()) {
    if (mountpoint.isPrivate && !all) continue
    found.push(compact({
      id: mountpoint.id,
      type: mountpoint.type === "ondemand" ? "on demand" : "live",
      description: mountpoint.description,
      metadata: mountpoint.metadata,
      enabled: mountpoint.enabled,
      media: mountpoint.filename === undefined ? mountpoint.media.map((media) => listedMedia(state, media)) : undefined
    }))
  }
  return { data: { streaming: "list", list: found } }
}

const mediaInfo = (state: State, media: Media, admin: boolean): Fields =>
  compact({
    mindex: media.mindex,
    type: media.type,
    mid: media.mid,
    label: media.label,
    msid: media.msid,
    pt: media.type === "data" ? undefined : media.pt,
    codec: media.codec,
    rtpmap: media.codec === undefined ? undefined : rtpmap(media.codec),
    fmtp: media.fmtp,
    videobufferkf: media.bufferKeyframes || undefined,
    videosimulcast: media.simulcast || undefined,
    videosvc: media.svc || undefined,
    skew_compensation: media.skew || undefined,
    port: admin ? media.port : undefined,
    rtcpport: admin ? media.rtcpPort : undefined,
    port2: admin ? media.port2 : undefined,
    port3: admin ? media.port3 : undefined,
    age_ms: state.age(media)
  })

const fileInfo = (media: Media): Fields =>
  compact({
    type: "audio",
    pt: media.pt,
    codec: media.codec,
    rtpmap: media.codec === undefined ? undefined : rtpmap(media.codec),
    fmtp: media.fmtp
  })

const info = (state: State, body: Fields): Answer => {
  const mountpoint = findMountpoint(state, body)
  if (isRefusal(mountpoint)) return mountpoint
  const admin = mountpoint.secret === null || body.secret === mountpoint.secret
  const shown = <A>(value: A) => admin ? value : undefined
  return {
    data: {
      streaming: "info",
      info: compact({
        id: mountpoint.id,
        name: shown(mountpoint.name),
        description: mountpoint.description,
        metadata: mountpoint.metadata,
        secret: shown(mountpoint.secret ?? undefined),
        pin: shown(mountpoint.pin ?? undefined),
        is_private: shown(mountpoint.isPrivate || undefined),
        enabled: mountpoint.enabled,
        viewers: shown(mountpoint.viewers.size),
        type: mountpoint.type === "ondemand" ? "on demand" : "live",
        media: mountpoint.filename === undefined ?
          mountpoint.media.map((media) => mediaInfo(state, media, admin)) :
          mountpoint.media.map(fileInfo),
        filename: shown(mountpoint.filename),
        rtsp: mountpoint.rtsp ? true : undefined,
        url: shown(mountpoint.rtsp?.url),
        rtsp_user: shown(mountpoint.rtsp?.user),
        rtsp_pwd: shown(mountpoint.rtsp?.password),
        srtp: mountpoint.srtp || undefined,
        collision: mountpoint.collision || undefined,
        threads: mountpoint.threads || undefined,
        host: shown(mountpoint.media.find((media) => media.host !== undefined)?.host)
      })
    }
  }
}

const edit = (state: State, gateway: Gateway, body: Fields): Answer => {
  const wrong = check(body, editable, codes)
  if (wrong) return wrong
  const mountpoint = allowed(state, body, (id) => `No such mountpoint (${id})`)
  if (isRefusal(mountpoint)) return mountpoint
  const before = mountpoint.metadata
  if (text(body.new_description)) mountpoint.description = text(body.new_description) ?? mountpoint.description
  if (body.new_metadata !== undefined) mountpoint.metadata = text(body.new_metadata)
  if (body.new_is_private !== undefined) mountpoint.isPrivate = body.new_is_private === true
  if (text(body.new_secret)) mountpoint.secret = text(body.new_secret) ?? null
  if (body.new_pin !== undefined) mountpoint.pin = text(body.new_pin) || null
  if (body.permanent === true) state.saved.mountpoints.set(mountpoint.name, { ...mountpoint })
  if (body.edited_event === true && mountpoint.metadata !== before) {
    for (const viewer of mountpoint.viewers) {
      gateway.event(viewer, compact({ event: "edited", id: mountpoint.id, metadata: mountpoint.metadata }))
    }
  }
  return { data: { streaming: "edited", id: mountpoint.id, permanent: body.permanent === true } }
}

/** Sends everybody away from a mountpoint, with the reason as status. */
const dismiss = (gateway: Gateway, mountpoint: Mountpoint, status: "stopped" | "kicked_all") => {
  for (const viewer of mountpoint.viewers) {
    viewer.viewer = undefined
    gateway.event(viewer, { streaming: "event", result: { status } })
    gateway.closePc(viewer, "Close PC")
  }
  mountpoint.viewers.clear()
}

const destroy = (state: State, gateway: Gateway, body: Fields): Answer => {
  const wrong = check(body, destroyable, codes)
  if (wrong) return wrong
  const mountpoint = allowed(state, body)
  if (isRefusal(mountpoint)) return mountpoint
  state.removeMountpoint(mountpoint)
  dismiss(gateway, mountpoint, "stopped")
  if (body.permanent === true) state.saved.mountpoints.delete(mountpoint.name)
  return { data: { streaming: "destroyed", destroyed: mountpoint.id } }
}

const kickAll = (state: State, gateway: Gateway, body: Fields): Answer => {
  const mountpoint = allowed(state, body)
  if (isRefusal(mountpoint)) return mountpoint
  dismiss(gateway, mountpoint, "kicked_all")
  return { data: { streaming: "kicked_all" } }
}

const enable = (state: State, body: Fields, enabled: boolean): Answer => {
  const mountpoint = allowed(state, body)
  if (isRefusal(mountpoint)) return mountpoint
  const wrong = enabled ? undefined : check(body, disableable, codes)
  if (wrong) return wrong
  mountpoint.enabled = enabled
  return { data: { streaming: "ok" } }
}

/** Answers a synchronous request; undefined for one that is asynchronous or unknown. */
export const streamingNow = (state: State, gateway: Gateway, request: string, body: Fields): Answer | undefined => {
  switch (request) {
    case "list":
      return list(state, body)
    case "info":
      return info(state, body)
    case "create":
      return create(state, body)
    case "edit":
      return edit(state, gateway, body)
    case "kick_all":
      return kickAll(state, gateway, body)
    case "destroy":
      return destroy(state, gateway, body)
    case "enable":
    case "disable":
      return enable(state, body, request === "enable")
    case "recording":
      return check(body, recordable, codes) ?? { code: 459, error: "Recording is not part of the fake" }
    default:
      return undefined
  }
}
