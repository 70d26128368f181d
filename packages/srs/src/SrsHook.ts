/**
 * The hooks of SRS (`http_hooks`): JSON. It expects status 200 and `{"code":0}`; any other code refuses the client. It
 * waits for the answer, and so does the client.
 */
import { Effect, Schema } from "effect"
import { type Hook, parametersOf } from "./Hook.ts"

const whats = { on_publish: "publish", on_unpublish: "unpublished" } as const

const Publisher = Schema.Struct({
  action: Schema.Literals(["on_publish", "on_unpublish"]),
  client_id: Schema.String,
  ip: Schema.optionalKey(Schema.String),
  app: Schema.String,
  stream: Schema.String,
  /** `?token=abc`, or nothing. */
  param: Schema.optionalKey(Schema.String)
})

/** An operator may send all hooks here: refusing `on_connect` would refuse everybody. */
const Other = Schema.Struct({
  action: Schema.String.check(Schema.makeFilter((action) => !(action in whats)))
})

const Payload = Schema.fromJsonString(Schema.Union([Publisher, Other]))

export const decode = (body: string): Effect.Effect<Hook, Schema.SchemaError> =>
  Effect.map(Schema.decodeEffect(Payload)(body), (told): Hook =>
    "app" in told
      ? {
        what: whats[told.action],
        app: told.app,
        stream: told.stream,
        parameters: parametersOf(told.param ?? ""),
        client: { client: told.client_id, address: told.ip ?? null }
      }
      : { what: "other" })
