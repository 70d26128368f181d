/**
 * What fields must be to each other. The checks read what is there, decoded or as it was given: in a specification
 * whose fields are wrong as well they find the same, so that everything is reported at once.
 */
import { Redacted } from "effect"
import { SecretReference } from "../Secret.ts"

/** A field that does not fit the others, with the reason. */
export interface Misfit {
  readonly path: ReadonlyArray<string | number>
  readonly issue: string
}

interface Fields {
  readonly [name: string]: unknown
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {}
const listOf = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.map(fieldsOf) : [])
const under = (path: Misfit["path"], misfits: ReadonlyArray<Misfit>): ReadonlyArray<Misfit> =>
  misfits.map((misfit) => ({ ...misfit, path: [...path, ...misfit.path] }))

/** The tracks of one mountpoint: mids and ports of their own, one way to name a source's track, one way to scale. */
export const tracks = (media: unknown): ReadonlyArray<Misfit> => {
  const misfits: Array<Misfit> = []
  const mids = new Map<string, number>()
  const ports = new Map<number, number>()
  listOf(media).forEach((track, i) => {
    const { mid } = track
    if (typeof mid === "string") {
      const before = mids.get(mid)
      if (before !== undefined) misfits.push({ path: [i, "mid"], issue: `"${mid}" is the mid of track ${before}` })
      else mids.set(mid, i)
    }
    for (const field of track["type"] === "data" ? ["port"] : ["port", "rtcpPort"]) {
      const port = track[field]
      if (typeof port !== "number" || port === 0) continue
      const before = ports.get(port)
      if (before !== undefined) misfits.push({ path: [i, field], issue: `port ${port} is taken by track ${before}` })
      else ports.set(port, i)
    }
    if (track["sourceMid"] !== undefined && track["sourceIndex"] !== undefined) {
      misfits.push({
        path: [i, "sourceIndex"],
        issue: "name the source's track by sourceMid or by sourceIndex, not both"
      })
    }
    if (track["simulcast"] === true && track["svc"] === true) {
      misfits.push({ path: [i, "svc"], issue: "a track is simulcast or svc, not both" })
    }
  })
  return misfits
}

/** Viewers get all tracks over one transport, where the payload type tells them apart (RFC 8843). */
export const payloadTypes = (media: unknown): ReadonlyArray<Misfit> => {
  const misfits: Array<Misfit> = []
  const seen = new Map<number, number>()
  listOf(media).forEach(({ pt, type }, i) => {
    if (typeof pt !== "number" || type === "data") return
    const before = seen.get(pt)
    if (before === undefined) seen.set(pt, i)
    else misfits.push({ path: [i, "pt"], issue: `payload type ${pt} is that of track ${before}` })
  })
  return misfits
}

/** A mountpoint is created or adopted. */
export const choice = (mountpoint: unknown): ReadonlyArray<Misfit> => {
  const { adopt, create } = fieldsOf(mountpoint)
  return (create === undefined) === (adopt === undefined)
    ? [{ path: [], issue: "expected \"create\" or \"adopt\", one of them" }]
    : []
}

/** As it was given, in one way. */
const reveal = (secret: unknown): unknown =>
  Redacted.isRedacted(secret)
    ? Redacted.value(secret)
    : secret instanceof SecretReference
    ? reveal(secret.from)
    : typeof secret === "object"
    ? JSON.stringify(secret)
    : secret

/** A room's making, and its keys in two places. */
export const room = (given: unknown): ReadonlyArray<Misfit> => {
  const room = fieldsOf(given)
  if (room["spec"] === undefined) return []
  const spec = fieldsOf(room["spec"])
  const { ifMissing } = room
  const misfits: Array<Misfit> = ifMissing === undefined || ifMissing === "fail"
    ? [{ path: ["spec"], issue: "is only used with \"ifMissing\": \"create\"" }]
    : []
  for (const key of ["secret", "pin"]) {
    const [beside, inside] = [room[key], spec[key]]
    if (beside !== undefined && inside !== undefined && reveal(beside) !== reveal(inside)) {
      misfits.push({ path: ["spec", key], issue: `another ${key} is given beside the id of the room: give one` })
    }
  }
  return misfits
}

const ownMedia: ReadonlyArray<unknown> = ["live", "ondemand", "rtsp"]
const types: ReadonlyArray<unknown> = ["audio", "video", "data"]

/** The mountpoint takes what the source can send. */
export const fits = (given: unknown, feeds: ReadonlyArray<string>): ReadonlyArray<Misfit> => {
  if (feeds.length === 0) return []
  const mountpoint = fieldsOf(fieldsOf(given)["mountpoint"])
  const { type } = fieldsOf(mountpoint["create"])
  if (ownMedia.includes(type)) {
    return [{
      path: ["mountpoint", "create", "type"],
      issue: `a mountpoint of type "${String(type)}" brings its own media: it goes with the source frontend_owned only`
    }]
  }
  return ["create", "adopt"].flatMap((where) =>
    listOf(fieldsOf(mountpoint[where])["media"]).flatMap(({ type }, i) =>
      !types.includes(type) || feeds.includes(String(type)) ? [] : [{
        path: ["mountpoint", where, "media", i, "type"],
        issue: `this source sends no ${String(type)}: it sends ${feeds.join(" and ")}`
      }]
    )
  )
}

/** All of them, on a specification as it was given. */
export const all = (given: unknown, feeds: ReadonlyArray<string>): ReadonlyArray<Misfit> => {
  const { mountpoint, source } = fieldsOf(given)
  const { adopt, create } = fieldsOf(mountpoint)
  const media = fieldsOf(create)["media"]
  return [
    ...(typeof mountpoint === "object" ? under(["mountpoint"], choice(mountpoint)) : []),
    ...under(["mountpoint", "create", "media"], [...tracks(media), ...payloadTypes(media)]),
    ...under(["mountpoint", "adopt", "media"], tracks(fieldsOf(adopt)["media"])),
    ...under(["source", "room"], room(fieldsOf(source)["room"])),
    ...fits(given, feeds)
  ]
}
