// What the start form asks for, one entry for each kind of source, and how its answers become a specification. The server
// has the last word: it names every field that does not fit.

export interface Field {
  /** Where its value goes in the specification: `source.camera.url`. */
  readonly path: string
  readonly label: string
  readonly type: "text" | "secret" | "number" | "flag" | "choice"
  readonly required?: boolean
  readonly placeholder?: string
  /** Of a choice; the first is what an absent value means. */
  readonly choices?: ReadonlyArray<string>
}

export interface Form {
  readonly kind: string
  readonly hint: string
  readonly fields: ReadonlyArray<Field>
}

const relay: ReadonlyArray<Field> = [
  { path: "source.relay.kind", label: "Relay", type: "choice", choices: ["ffmpeg", "gstreamer"] },
  { path: "source.relay.video", label: "Video", type: "choice", choices: ["auto", "copy", "transcode"] }
]

const ingest = (required: boolean): ReadonlyArray<Field> => [
  {
    path: "source.ingest.rtmpUrl",
    label: "RTMP server",
    type: "text",
    required,
    placeholder: "rtmp://127.0.0.1:1935"
  },
  { path: "source.ingest.app", label: "App", type: "text", required, placeholder: "live" },
  { path: "source.ingest.streamKey", label: "Stream key", type: "secret", required }
]

const room = (required: boolean): ReadonlyArray<Field> => [
  { path: "source.room.id", label: "Room", type: "text", required, placeholder: "1234" },
  { path: "source.room.pin", label: "Room's pin", type: "secret" },
  { path: "source.room.secret", label: "Room's secret", type: "secret" }
]

export const forms: ReadonlyArray<Form> = [
  {
    kind: "browser_webrtc",
    hint: "A browser or any WHIP client publishes into it.",
    fields: [{ path: "source.token", label: "Token to publish", type: "secret" }]
  },
  {
    kind: "videoroom",
    hint: "Forwards a publisher of a VideoRoom room, and waits while nobody publishes.",
    fields: [
      ...room(true),
      { path: "source.publisher.display", label: "Publisher's name", type: "text", placeholder: "whoever publishes" },
      { path: "source.room.ifMissing", label: "Room is missing", type: "choice", choices: ["fail", "create"] }
    ]
  },
  {
    kind: "rtmp_external",
    hint: "Relays what somebody publishes to an RTMP server, and waits while nobody does.",
    fields: [...ingest(true), ...relay]
  },
  {
    kind: "rtsp_camera",
    hint: "Relays a camera.",
    fields: [
      {
        path: "source.camera.url",
        label: "Address",
        type: "text",
        required: true,
        placeholder: "rtsp://10.0.0.7/stream"
      },
      { path: "source.camera.username", label: "User", type: "text" },
      { path: "source.camera.password", label: "Password", type: "secret" },
      { path: "source.camera.transport", label: "Transport", type: "choice", choices: ["tcp", "udp"] },
      ...relay
    ]
  },
  {
    kind: "obs",
    hint: "Tells OBS to stream to the RTMP server, relays that, and puts OBS's settings back at the end.",
    fields: [
      { path: "source.obs.host", label: "OBS's host", type: "text", required: true, placeholder: "127.0.0.1" },
      { path: "source.obs.port", label: "Port", type: "number", placeholder: "4455" },
      { path: "source.obs.password", label: "Password", type: "secret" },
      { path: "source.obs.takeOver", label: "Take over if it streams", type: "flag" },
      ...ingest(true),
      ...relay
    ]
  },
  {
    kind: "pull",
    hint: "Relays an HLS, SRT or HTTP address, or a file of the folder that the operator allows.",
    fields: [
      { path: "source.url", label: "Address", type: "text", required: true, placeholder: "https://…/index.m3u8" },
      { path: "source.loop", label: "Loop a file", type: "flag" },
      ...relay
    ]
  },
  {
    kind: "test_pattern",
    hint: "A generated picture with a clock, and a flash with a beep each second.",
    fields: [
      { path: "source.width", label: "Width", type: "number", placeholder: "640" },
      { path: "source.height", label: "Height", type: "number", placeholder: "360" },
      { path: "source.fps", label: "Frames per second", type: "number", placeholder: "30" },
      ...relay
    ]
  },
  {
    kind: "frontend_owned",
    hint: "No media of headend's: the frontend publishes and plays by itself.",
    fields: []
  }
]

/** Asked for whatever the kind. */
export const common: ReadonlyArray<Field> = [
  { path: "description", label: "Description", type: "text", placeholder: "Lobby" },
  { path: "id", label: "Id", type: "text", placeholder: "chosen for you" }
]

/** And behind "More". */
export const more: ReadonlyArray<Field> = [
  { path: "mountpoint.create.id", label: "Mountpoint's id", type: "text", placeholder: "chosen for you" },
  { path: "mountpoint.create.pin", label: "Pin to watch", type: "secret" },
  { path: "labels", label: "Labels", type: "text", placeholder: "team:events, floor:2" },
  { path: "limits.maxDuration", label: "End after", type: "text", placeholder: "6 hours" },
  { path: "limits.giveUpAfter", label: "Give up without media after", type: "text", placeholder: "10 minutes" }
]

/** What was typed or chosen, by path. */
export type Answers = Readonly<Record<string, string>>

interface Json {
  readonly [key: string]: unknown
}

const put = (into: Json, path: ReadonlyArray<string>, value: unknown): Json => {
  const [head = "", ...rest] = path
  return { ...into, [head]: rest.length === 0 ? value : put((into[head] ?? {}) as Json, rest, value) }
}

/** `team:events, floor:2` as labels; what has no colon is a name without a value, and the server says what it thinks. */
const labels = (text: string): Json =>
  Object.fromEntries(
    text.split(",").map((part) => part.trim()).filter((part) => part !== "").map((part) => {
      const colon = part.indexOf(":")
      return colon < 0 ? [part, ""] : [part.slice(0, colon).trim(), part.slice(colon + 1).trim()]
    })
  )

/** Ids of rooms and mountpoints are numbers on most servers: digits alone are one. */
const ids = new Set(["source.room.id", "mountpoint.create.id"])

const read = ({ choices, path, type }: Field, answer: string): unknown => {
  if (path === "labels") return labels(answer)
  if (type === "flag") return answer === "true" ? true : undefined
  if (type === "choice") return answer === choices?.[0] ? undefined : answer
  if (type === "number" || (ids.has(path) && /^[0-9]{1,15}$/.test(answer))) return Number(answer)
  return answer
}

/** The specification of these answers: what was left empty is not in it. */
export const toSpec = (kind: string, answers: Answers): Json => {
  const fields = forms.find((form) => form.kind === kind)?.fields ?? []
  const asked = [...common, ...more, ...fields]
  const given = asked.flatMap((field) => {
    const answer = answers[field.path]?.trim() ?? ""
    const value = answer === "" ? undefined : read(field, answer)
    return value === undefined ? [] : [[field.path, value] as const]
  })
  return given.reduce((spec, [path, value]) => put(spec, path.split("."), value), { source: { kind } } as Json)
}

/** A specification typed as JSON; the reason when it is none. */
export const parse = (text: string): { readonly spec: Json } | { readonly wrong: string } => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { spec: value as Json }
      : { wrong: "expected a JSON object" }
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) }
  }
}
