// One table of requests and answers for the fake and for the real Janus. An expectation is "code text" for an error,
// or the fields that a success must have. `shape` makes two answers comparable: what is random or timed loses its value.
import { type Answer, RawJanus } from "./RawJanus.ts"

/** Who sends: the core connection, a management handle, or one of the handles that take part in a room. */
export type From = "core" | "streaming" | "videoroom" | "p1" | "p2" | "p3" | "viewer" | "viewer2"

export interface Step {
  readonly from: From
  readonly send: Record<string, unknown>
  readonly jsep?: { readonly type: string; readonly sdp: string }
  readonly expect: string | Record<string, unknown>
  /** Events that must have come to these handles afterwards, in any order. */
  readonly events?: ReadonlyArray<{ readonly to: From; readonly data: Record<string, unknown> }>
}

export interface Scenario {
  readonly name: string
  readonly steps: ReadonlyArray<Step>
}

const PLUGIN: Record<Exclude<From, "core">, string> = {
  streaming: "janus.plugin.streaming",
  viewer: "janus.plugin.streaming",
  viewer2: "janus.plugin.streaming",
  videoroom: "janus.plugin.videoroom",
  p1: "janus.plugin.videoroom",
  p2: "janus.plugin.videoroom",
  p3: "janus.plugin.videoroom"
}

const VOLATILE = new Set([
  "age_ms",
  "private_id",
  "stream_id",
  "local_rtcp_port",
  "session_id",
  "handle_id",
  "sender",
  "audio_stream_id",
  "video_stream_id"
])
const PORTS = new Set([
  "port",
  "rtcp_port",
  "rtcpport",
  "port_2",
  "port_3",
  "port2",
  "port3",
  "audio_port",
  "video_port",
  "video_rtcp_port",
  "data_port"
])
const sortKey = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const fields = value as Record<string, unknown>
  return JSON.stringify([fields.id ?? fields.room ?? 0, fields.mindex, fields.type, fields.port, fields.pt])
}

const sdpShape = (sdp: string): unknown => {
  const [head = "", ...sections] = sdp.split(/\r\n(?=m=)/)
  const pick = (text: string, names: ReadonlyArray<string>) => names.filter((name) => text.includes(`a=${name}`))
  return {
    session: pick(head, ["group:BUNDLE", "fingerprint:", "ice-options:trickle"]),
    title: /^s=(.*?)\r$/m.exec(head)?.[1],
    sections: sections.map((section) => ({
      line: /^m=\w+ \d+ \S+ ?\S*/.exec(section)?.[0],
      direction: /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(section)?.[1],
      mid: /^a=mid:(\S+)/m.exec(section)?.[1],
      has: pick(section, ["ice-ufrag:", "ice-pwd:", "setup:active", "setup:actpass", "rtcp-mux", "ssrc:"]),
      codec: /^a=rtpmap:(.*?)\r?$/m.exec(section)?.[1]
    }))
  }
}

/** Random ids are longer than those of the table; ports of the range and times are not the same twice. */
export const shape = (value: unknown, name = ""): unknown => {
  if (name === "sdp" && typeof value === "string") return sdpShape(value)
  if (VOLATILE.has(name)) return typeof value
  if (PORTS.has(name) && typeof value === "number" && value >= 20_000) return "port"
  if (typeof value === "number" && value > 1e9) return "id"
  if (typeof value === "string") return value.replaceAll(/\d{10,}/g, "id").replaceAll(/\/\S*\/headend-\S*/g, "file")
  if (Array.isArray(value)) return value.map((one) => shape(one)).toSorted((a, b) => sortKey(a) < sortKey(b) ? -1 : 1)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== "transaction").map(([key, one]) => [key, shape(one, key)])
  )
}

/** What is said in an answer, without its envelope: the plugin's data, the core's error, or the answer itself. */
export const said = (answer: Answer): unknown => {
  if (answer.error) return `${answer.error.code} ${answer.error.reason}`
  const data = answer.plugindata?.data
  if (data?.error_code !== undefined) return `${data.error_code} ${data.error}`
  return data ?? answer
}

export interface Outcome {
  readonly step: Step
  readonly answer: Answer
  readonly events: ReadonlyArray<{ readonly to: From; readonly data: unknown }>
}

/** Runs a scenario in a session of its own and tells what was answered to each step. */
export const play = async (
  url: string,
  scenario: Scenario,
  secrets: Record<string, unknown> = {}
): Promise<Outcome[]> => {
  const raw = await RawJanus.connect(url)
  const session = (await raw.request({ janus: "create", ...secrets })).data.id as number
  const handles = new Map<From, number>()
  const outcomes: Array<Outcome> = []
  const attach = async (from: Exclude<From, "core">) => {
    const known = handles.get(from)
    if (known !== undefined) return known
    const answer = await raw.request({ janus: "attach", session_id: session, plugin: PLUGIN[from], ...secrets })
    handles.set(from, answer.data.id)
    return answer.data.id as number
  }
  for (const step of scenario.steps) if (step.from !== "core") await attach(step.from)
  const resolve = (value: unknown): unknown => {
    if (value === "$session") return session
    if (typeof value === "string" && value.startsWith("$")) return handles.get(value.slice(1) as From) ?? value
    return value
  }
  for (const step of scenario.steps) {
    let answer: Answer
    if (step.from === "core") {
      answer = await raw.request(Object.fromEntries(Object.entries(step.send).map(([k, v]) => [k, resolve(v)])))
    } else {
      answer = await raw.message(session, await attach(step.from), step.send, step.jsep)
    }
    const events: Array<{ to: From; data: unknown }> = []
    for (const { to, data } of step.events ?? []) {
      const event = await raw.event((one) => one.sender === handles.get(to) && matches(payload(one), data))
      events.push({ to, data: payload(event) })
    }
    outcomes.push({ step, answer, events })
  }
  await raw.request({ janus: "destroy", session_id: session, ...secrets }).catch(() => undefined)
  await raw.close()
  return outcomes
}

const payload = (event: Answer): Answer => event.plugindata?.data ?? event

/** Whether `actual` has all that `expected` asks for. Arrays must have the same length. */
export const matches = (actual: unknown, expected: unknown): boolean => {
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length &&
      expected.every((one, index) => matches(actual[index], one))
  }
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected)
  if (typeof actual !== "object" || actual === null) return false
  return Object.entries(expected).every(([key, one]) => {
    const value = (actual as Record<string, unknown>)[key]
    return one === undefined ? value === undefined : matches(value, one)
  })
}

/** The steps whose answer is not what the table says, in words. */
export const failures = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<string> =>
  outcomes.flatMap(({ step, answer }) =>
    matches(said(answer), step.expect) ?
      [] :
      [`${step.from} ${JSON.stringify(step.send)}\n  expected ${JSON.stringify(step.expect)}\n  got      ${
        JSON.stringify(said(answer))
      }`]
  )
