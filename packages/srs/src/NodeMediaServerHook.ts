/**
 * The hook of node-media-server (`notify.url`): JSON, sent as text. Any status but 200 closes the client's connection,
 * also after it was let in; no answer lets everybody in. `donePublish` comes half a minute late: for so long it keeps the
 * place of a publisher who may come back.
 */
import { Effect, Schema } from "effect"
import { type Hook, type PublisherHook, withoutPort } from "./Hook.ts"

const Payload = Schema.fromJsonString(Schema.Struct({
  action: Schema.String,
  id: Schema.String,
  ip: Schema.optionalKey(Schema.String),
  app: Schema.String,
  name: Schema.String,
  query: Schema.optionalKey(
    Schema.NullOr(Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Array(Schema.String)])))
  )
}))

const whats: Readonly<Record<string, PublisherHook["what"]>> = {
  prePublish: "asks",
  postPublish: "published",
  donePublish: "unpublished"
}

export const decode = (body: string): Effect.Effect<Hook, Schema.SchemaError> =>
  Effect.map(Schema.decodeEffect(Payload)(body), ({ action, app, id, ip, name, query }): Hook => {
    const what = whats[action]
    return what === undefined ? { what: "other" } : {
      what,
      app,
      stream: name,
      parameters: Object.entries(query ?? {}).flatMap(([key, value]) =>
        (typeof value === "string" ? [value] : value).map((one) => [key, one] as const)
      ),
      client: { client: id, address: ip === undefined ? null : withoutPort(ip) }
    }
  })
