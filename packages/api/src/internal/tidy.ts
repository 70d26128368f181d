// The description of the API as people expect it: schemas under plain names, each once, and numbers in queries as numbers.

type Json = Record<string, unknown>

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null

/** Generated for queries, which are text: a string that looks like a number. */
const looksNumeric = /"type":"string","pattern":"\^\[\+-\]/

/** What those numbers are, by the names of their parameters. */
const numbers: Readonly<Record<string, Json>> = {
  limit: { type: "integer", minimum: 1, maximum: 500 },
  timeout: { type: "number", minimum: 0, maximum: 300 }
}

const withNumbers = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withNumbers)
  if (!isJson(value)) return value
  const known = value.in === "query" && typeof value.name === "string" ? numbers[value.name] : undefined
  if (known !== undefined && looksNumeric.test(JSON.stringify(value.schema))) return { ...value, schema: known }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withNumbers(one)]))
}

const renamed = (text: string, from: string, to: string) =>
  text.replaceAll(`"#/components/schemas/${from}"`, `"#/components/schemas/${to}"`)

const schemasOf = (spec: Json): Json => {
  const schemas = isJson(spec.components) ? spec.components.schemas : undefined
  return isJson(schemas) ? schemas : {}
}

/** `ConflictEncoded` becomes `Conflict`, and `Snapshot_1`, when it is the same, `Snapshot`. */
const withPlainNames = (spec: Json): Json => {
  let text = JSON.stringify(spec)
  const schemas = { ...schemasOf(spec) }
  for (const [name, schema] of Object.entries(schemas)) {
    const plain = name.replace(/(Encoded|_\d+)$/, "")
    if (plain === name) continue
    if (plain in schemas && JSON.stringify(schemas[plain]) !== JSON.stringify(schema)) continue
    schemas[plain] = schema
    delete schemas[name]
    text = renamed(text, name, plain)
  }
  const all: Json = JSON.parse(text)
  const named = Object.keys(schemas).map((name) => {
    const before = schemasOf(all)
    return [name, before[name] ?? before[`${name}Encoded`]]
  })
  return {
    ...all,
    components: { ...(isJson(all.components) ? all.components : {}), schemas: Object.fromEntries(named) }
  }
}

export const tidy = (spec: Json): Json => withPlainNames(withNumbers(spec) as Json)
