/**
 * The hooks of SRS (`http_hooks`): JSON. It expects status 200 and `{"code":0}`; any other code refuses the client. It
 * waits for the answer, and so does the client.
 */
import { Effect, Schema } from "effect"
import { type Hook, parametersOf } from "./Hook.ts"

const Payload = Schema.fromJsonString(Schema.Struct({
  action: Schema.String,
  client_id: Schema.String,
  ip: Schema.optionalKey(Schema.String),
  app: Schema.String,
  stream: Schema.String,
  /** `?token=abc`, or nothing. */
  param: Schema.optionalKey(Schema.String)
}))

const whats: Readonly<Record<string, Hook["what"]>> = { on_publish: "publish", on_unpublish: "unpublished" }

export const decode = (body: string): Effect.Effect<Hook, Schema.SchemaError> =>
  Effect.map(Schema.decodeEffect(Payload)(body), ({ action, app, client_id, ip, param, stream }) => ({
    what: whats[action] ?? "other",
    app,
    stream,
    parameters: parametersOf(param ?? ""),
    client: { client: client_id, address: ip ?? null }
  }))
