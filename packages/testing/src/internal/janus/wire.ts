// The shapes that travel between a client and Janus, and Janus' own way to look at the fields of a request.
// A handler answers with data or with a refusal; nothing here throws.

/** A JSON object as it came from the wire. */
export type Fields = Record<string, unknown>

/** Janus ids are numbers unless the plugin is set to strings. */
export type Id = number | string

export interface Refusal {
  readonly code: number
  readonly error: string
}

/** What a plugin says to one request. `jsep` travels beside the data. */
export type Answer = Refusal | { readonly data: Fields; readonly jsep?: Fields }

export const isRefusal = (answer: Refusal | object): answer is Refusal => "code" in answer && "error" in answer

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

type Kind = "string" | "boolean" | "integer" | "positive integer" | "array" | "object"

/** How a parameter is written in a table: its kind, with `!` when it must be there. */
export type Rule = Kind | `${Kind}!`

interface Parameter {
  readonly name: string
  readonly kind: Kind
  readonly required: boolean
}

export type Parameters = ReadonlyArray<Parameter>

/** A table of parameters, checked in the order in which they are written. */
export const parameters = (rules: Record<string, Rule>): Parameters =>
  Object.entries(rules).map(([name, rule]) => ({
    name,
    kind: (rule.endsWith("!") ? rule.slice(0, -1) : rule) as Kind,
    required: rule.endsWith("!")
  }))

const fits = (value: unknown, kind: Kind): boolean => {
  switch (kind) {
    case "string":
      return typeof value === "string"
    case "boolean":
      return typeof value === "boolean"
    case "integer":
      return Number.isInteger(value)
    case "positive integer":
      return Number.isInteger(value) && (value as number) >= 0
    case "array":
      return Array.isArray(value)
    case "object":
      return isFields(value)
  }
}

const article = (kind: Kind) => kind === "integer" || kind === "array" || kind === "object" ? "an" : "a"

/** The codes a plugin has for the three things that can be wrong with a field. */
export interface Codes {
  readonly missing: number
  readonly invalid: number
  readonly unauthorized: number
}

/** The first parameter that is missing or of the wrong type, in Janus' words. */
export const check = (body: unknown, table: Parameters, codes: Codes): Refusal | undefined => {
  const fields: Fields = isFields(body) ? body : {}
  for (const { name, kind, required } of table) {
    const value = fields[name]
    if (value === undefined) {
      if (required) return { code: codes.missing, error: `Missing mandatory element (${name})` }
    } else if (!fits(value, kind)) {
      return { code: codes.invalid, error: `Invalid element type (${name} should be ${article(kind)} ${kind})` }
    }
  }
  return undefined
}

const secretTables = new Map<string, Parameters>()

/** Compares a field with a secret. No secret, nothing to compare. */
export const checkSecret = (
  secret: string | null,
  body: Fields,
  name: "secret" | "pin" | "admin_key",
  codes: Codes
): Refusal | undefined => {
  if (secret === null) return undefined
  let table = secretTables.get(name)
  if (!table) secretTables.set(name, table = parameters({ [name]: "string!" }))
  return check(body, table, codes) ??
    (body[name] === secret ? undefined : { code: codes.unauthorized, error: `Unauthorized (wrong ${name})` })
}

export const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined
export const integer = (value: unknown): number => typeof value === "number" ? value : 0

/** Janus keeps ports in 16 bits: 70000 becomes 4464, without a complaint. */
export const port16 = (value: unknown): number => integer(value) & 0xffff

/** A random id as Janus makes them: 53 bits, never 0. */
export const randomId = (): number => 1 + Math.floor(Math.random() * (Number.MAX_SAFE_INTEGER - 1))

export const random32 = (): number => 1 + Math.floor(Math.random() * 0xffff_fffe)

/** Field values with `undefined` left out: what JSON.stringify would do, but also seen by whoever reads the object. */
export const compact = (fields: Fields): Fields => {
  const out: Fields = {}
  for (const name in fields) if (fields[name] !== undefined) out[name] = fields[name]
  return out
}
