// The HTTP API of the fake SRS: a request as a status and a body, with the traps of the real one.
import { clientJson, type FakeStream, streamJson } from "./model.ts"

export interface Asked {
  readonly method: string
  /** With its query. */
  readonly url: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

const success = { code: 0, server: "vid-21c26i0", service: "1166p1w9", pid: "22257" }
const NO_SUCH_STREAM = 2048
const NO_SUCH_CLIENT = 2049

/** At least ten are returned, whatever was asked for; ten when nothing was. */
const page = <A>(list: ReadonlyArray<A>, query: URLSearchParams): ReadonlyArray<A> => {
  const start = Math.max(0, Number(query.get("start") ?? 0))
  return list.slice(start, start + Math.max(10, Number(query.get("count") ?? 10)))
}

export const answer = (
  asked: Asked,
  streams: ReadonlyArray<FakeStream>,
  options: { readonly now: number; readonly knowsCodecsAtOnce: boolean; readonly kick: (client: string) => boolean }
): Answer => {
  const { pathname, searchParams } = new URL(asked.url, "http://srs")
  const [, collection, slash, id] = /^\/api\/v1\/(streams|clients|versions|summaries)(\/?)([^/]*)$/.exec(pathname) ?? []
  if (collection === undefined) return { status: 404, body: { code: 404, data: null } }
  if (slash === "") return { status: 302, headers: { location: `${pathname}/` }, body: "" }
  const toJson = (one: FakeStream) => streamJson(one, options.now, options.knowsCodecsAtOnce)
  if (collection === "versions") return { status: 200, body: { ...success, data: { version: "7.0.18" } } }
  if (collection === "summaries") return { status: 200, body: { ...success, data: { ok: true } } }
  if (collection === "streams") {
    if (id === "") return { status: 200, body: { ...success, streams: page(streams, searchParams).map(toJson) } }
    const one = streams.find(({ app, name }) => `vid-${app}-${name}` === id)
    return {
      status: 200,
      body: one === undefined ? { ...success, code: NO_SUCH_STREAM } : { ...success, stream: toJson(one) }
    }
  }
  if (id === "") {
    const list = page(streams, searchParams).map((one) => clientJson(one, options.now))
    return { status: 200, body: { ...success, clients: list } }
  }
  const one = streams.find(({ client }) => client === id)
  if (one === undefined) return { status: 200, body: { ...success, code: NO_SUCH_CLIENT } }
  if (asked.method === "DELETE") {
    options.kick(one.client)
    return { status: 200, body: success }
  }
  return { status: 200, body: { ...success, client: clientJson(one, options.now) } }
}
