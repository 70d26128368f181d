/**
 * The hooks of nginx-rtmp (`on_publish`, `on_publish_done`, …): a form, whose values are escaped in part only, and behind
 * them the parameters of the stream key as the client wrote them. Any status 2xx allows, any other refuses.
 */
import { Effect, Schema } from "effect"
import type { Hook } from "./Hook.ts"

const whats = { publish: "publish", publish_done: "unpublished" } as const

const Publisher = Schema.Struct({
  call: Schema.Literals(["publish", "publish_done"]),
  app: Schema.String,
  name: Schema.String,
  clientid: Schema.optionalKey(Schema.String),
  addr: Schema.optionalKey(Schema.String)
})

/** An operator may send all hooks here: refusing `connect` would refuse everybody. */
const Other = Schema.Struct({ call: Schema.String.check(Schema.makeFilter((call) => !(call in whats))) })

const Payload = Schema.Union([Publisher, Other])

/** A plus is a plus; what was not escaped stays as it is. */
const unescaped = (text: string): string =>
  text.replace(/(%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = run.split("%").slice(1).map((hex) => Number.parseInt(hex, 16))
    return new TextDecoder().decode(Uint8Array.from(bytes))
  })

const pairsOf = (form: string) =>
  form.split("&").map((pair) => {
    const [name = "", ...rest] = pair.split("=")
    return [unescaped(name), unescaped(rest.join("="))] as const
  })

export const decode = (body: string): Effect.Effect<Hook, Schema.SchemaError> => {
  const pairs = pairsOf(body)
  // its own fields come first: what a client adds cannot replace them
  const type = pairs.findIndex(([name]) => name === "type")
  const [own, added] = type < 0 ? [pairs, []] : [pairs.slice(0, type), pairs.slice(type + 1)]
  const fields = Object.fromEntries(own.toReversed())
  return Effect.map(Schema.decodeUnknownEffect(Payload)(fields), (told): Hook =>
    "app" in told
      ? {
        what: whats[told.call],
        app: told.app,
        stream: told.name,
        parameters: added.filter(([key]) => key !== ""),
        client: { client: told.clientid ?? null, address: told.addr ?? null }
      }
      : { what: "other" })
}
