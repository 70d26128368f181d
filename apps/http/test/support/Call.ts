/**
 * Bare HTTP, as a foreign client would do it: any header, any body, the answer as it came.
 */
import { Effect, Stream } from "effect"
import { type IncomingHttpHeaders, request } from "node:http"

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON. */
  readonly json: <A = Record<string, never>>() => A
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: string | object
}

export type Call = (what: string, ask?: Ask) => Effect.Effect<Answer>

const bodyOf = ({ body, headers = {} }: Ask) =>
  typeof body === "object"
    ? { text: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }
    : { text: body, headers }

/** `call("POST /v1/broadcasts", { body: spec })`; `fetch` would not let a test choose Host and Origin. */
export const caller = (url: string): Call => (what, ask = {}) =>
  Effect.callback((resume) => {
    const [method, path = "/"] = what.split(" ")
    const { headers, text } = bodyOf(ask)
    // the path goes out as it is: a URL would be normalised first
    const { hostname, port } = new URL(url)
    const sent = request({ hostname, port, path, method: method!, headers, agent: false }, (answer) => {
      const chunks: Array<Buffer> = []
      answer.on("data", (chunk: Buffer) => chunks.push(chunk))
      answer.on("end", () => {
        const received = Buffer.concat(chunks).toString()
        resume(Effect.succeed({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: received,
          json: () => JSON.parse(received)
        }))
      })
    })
    // a refused body is answered before it was read: what comes after the answer does not matter
    sent.on("error", (error) => resume(Effect.die(error)))
    sent.end(text)
    return Effect.sync(() => sent.destroy())
  })

export interface Sse {
  readonly event: string
  readonly id: string
  /** As JSON; what it is, the event says. */
  readonly data: unknown
}

/** The events of a stream, comments as `event: ":"`, until the scope closes. */
export const events = (
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {}
): Stream.Stream<Sse> =>
  Stream.unwrap(Effect.map(
    Effect.flatMap(Effect.abortSignal, (signal) => Effect.promise(() => fetch(`${url}${path}`, { headers, signal }))),
    (answer) =>
      Stream.fromAsyncIterable(answer.body!, (error) => error).pipe(
        Stream.orDie,
        Stream.decodeText,
        Stream.splitLines,
        Stream.mapAccum(
          () => [] as ReadonlyArray<string>,
          (lines: ReadonlyArray<string>, line: string) =>
            line === "" ? [[], lines.length === 0 ? [] : [parse(lines)]] as const : [[...lines, line], []] as const
        )
      )
  ))

const parse = (lines: ReadonlyArray<string>): Sse => {
  const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  const data = field("data")
  return {
    event: field("event") ?? ":",
    id: field("id") ?? "",
    data: data === undefined ? undefined : JSON.parse(data)
  }
}
