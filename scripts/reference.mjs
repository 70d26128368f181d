// What programs and operators can rely on, read out of the sources: settings, metrics, events, end reasons, codes of HTTP.
// `pnpm reference` writes them into the docs; with `--check` it fails when they are not what the sources say.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import * as CliVariables from "../apps/cli/src/Variables.ts"
import * as HttpConfig from "../apps/http/src/HttpConfig.ts"
import * as AppVariables from "../packages/app/src/Variables.ts"
import * as JanusConfig from "../packages/janus/src/JanusConfig.ts"
import * as KafkaConfig from "../packages/queue/src/kafka/KafkaConfig.ts"
import * as RedisConfig from "../packages/queue/src/redis/RedisConfig.ts"
import { root } from "./processes.mjs"

const filesIn = (folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts")).map((name) => join(root, folder, name)).toSorted()

const sources = ["packages", "apps"].flatMap((kind) =>
  readdirSync(join(root, kind)).flatMap((name) => {
    try {
      return filesIn(join(kind, name, "src"))
    } catch {
      return []
    }
  })
).map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }))

const read = (path) => readFileSync(join(root, path), "utf8")

/** A doc comment as one line, without its stars. */
const sentence = (comment) => comment.replace(/^\s*\/\*\*|\*\/\s*$/g, "").replace(/\s*\n\s*\*\s?/g, " ").trim()

/** The doc comment that ends right before this place. */
const commentBefore = (text, at) => {
  const found = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(0, at))
  return found === null ? "" : sentence(found[0])
}

const { janusUrl, ...ofAll } = AppVariables.variables

/** Settings by who reads them. */
const groups = Object.entries({
  "Every app": ofAll,
  "The HTTP app": HttpConfig.variables,
  Janus: { ...JanusConfig.variables, url: janusUrl },
  Redis: RedisConfig.variables,
  Kafka: KafkaConfig.variables,
  "The command `headend`": CliVariables.variables
}).map(([title, variables]) => ({ title, settings: Object.values(variables) }))

/** Every setting, with what it takes, what stands for it when it is absent, and what it means. */
export const settings = () => groups.flatMap(({ settings }) => settings)

/** Metrics as Prometheus gets them, each with its type and its description. */
export const metrics = () =>
  sources.flatMap(({ text }) => {
    const prefix = /Metric\.gauge\(`(\w+)\$\{name\}`/.exec(text)?.[1] ?? ""
    const direct = [...text.matchAll(/Metric\.(\w+)\("([a-z_]+)",\s*\{\s*description:\s*"([^"]+)"/g)]
      .map(([, type, name, description]) => ({ name: `headend_${name}`, type, description }))
    const short = [...text.matchAll(/\bgauge\("([a-z_]+)",\s*"([^"]+)"\)/g)]
      .map(([, name, description]) => ({ name: `headend_${prefix}${name}`, type: "gauge", description }))
    return [...direct, ...short]
  }).toSorted((a, b) => a.name.localeCompare(b.name))

/** Events and what each has besides what all have. */
export const events = () => {
  const text = read("packages/core/src/BroadcastEvent.ts")
  const bodies = text.slice(text.indexOf("export const bodies"), text.indexOf("export const BroadcastEvent"))
  const resource = /const Resource = \{([^}]*)\}/.exec(text)?.[1] ?? ""
  return [...bodies.matchAll(/^ {2}([A-Z]\w+): (Resource|\{.*\}|\{\n[\s\S]*?\n {2}\}),?$/gm)].map(([, name, body]) => ({
    name,
    fields: [...body.replace("...Resource", resource).replace(/^Resource$/, resource).matchAll(/\b([a-z]\w*):/g)]
      .map(([, field]) => field)
  }))
}

const hops = ["encoder", "ingest", "publisher", "relay", "forwarder", "mountpoint", "janus"]
const faults = ["caller", "world", "outage", "absent", "done", "owner"]

/** Codes of errors that end a broadcast, or hold it up, each with its fault, its hop and its class's sentence. */
export const failures = () => {
  const found = sources.filter(({ path }) => path.startsWith("packages/")).flatMap(({ text }) =>
    [...text.matchAll(
      /export class (\w+) extends Schema\.TaggedError((?!export class)[\s\S])*?get failure\(\)[\s\S]*?\n {2}\}/g
    )]
      .flatMap((match) => {
        const words = [...match[0].slice(match[0].indexOf("get failure()")).matchAll(/"(\w+)"/g)].map(([, word]) =>
          word
        )
        const fault = words.find((word) => faults.includes(word))
        const hop = words.find((word) => hops.includes(word)) ?? ""
        return words.filter((word) =>
          word.includes("_") || word === "unauthorized" || word === "superseded" || word === "cancelled"
        )
          .map((code) => ({ code, hop, fault, says: commentBefore(text, match.index) }))
      })
  )
  const reasons = read("packages/core/src/EndReason.ts")
  const constants = [...reasons.matchAll(/ended\(\s*"(\w+)"/g)].map((match) => ({
    code: match[1],
    hop: "",
    fault: /fault: "(\w+)"/.exec(reasons.slice(match.index).split("\n\n")[0].split("/**")[0])?.[1] ?? "done",
    says: commentBefore(reasons, reasons.lastIndexOf("export const", match.index))
  }))
  const byCode = new Map([...found, ...constants].toReversed().map((one) => [one.code, one]))
  return [...byCode.values()].toSorted((a, b) => a.code.localeCompare(b.code))
}

/** Codes of problem documents, by status. */
export const problems = () => {
  const text = read("packages/api/src/Problem.ts")
  return [...text.matchAll(/Problem<\w+>\(\)\(\s*"(\w+)"[\s\S]*?status: (\d+)[\s\S]*?identifier:/g)].map((match) => ({
    status: Number(match[2]),
    codes: [...(/code: Schema\.Literals\(\[([\s\S]*?)\]\)/.exec(match[0])?.[1] ?? "").matchAll(/"(\w+)"/g)]
      .map(([, code]) => code),
    says: commentBefore(text, text.lastIndexOf("export class", match.index))
  })).toSorted((a, b) => a.status - b.status)
}

const cell = (text) => text.replaceAll("|", "\\|")
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ").replaceAll(/\s+\|/g, " |")} |`)
    .join("\n")
const code = (text) => (text === "" ? "" : `\`${text}\``)

/** What stands between the marks of these names in docs/operations.md. */
const sections = () => ({
  settings: groups.map(({ settings, title }) =>
    `**${title}**\n\n${
      table(
        ["setting", "takes", "default", ""],
        settings.map(({ form, means, name, otherwise }) => [code(name), form.takes, otherwise, means])
      )
    }`
  ).join("\n\n")
})

/** The page with its sections as the sources have them. */
export const filled = (page) =>
  Object.entries(sections()).reduce((text, [name, section]) => {
    const [begin, end] = [`<!-- ${name}: made by pnpm reference -->\n`, `\n<!-- end of ${name} -->`]
    const from = text.indexOf(begin) + begin.length
    const to = text.indexOf(end, from)
    if (from < begin.length || to < 0) throw new Error(`docs/operations.md has no section ${begin}…${end}`)
    return text.slice(0, from) + section + text.slice(to)
  }, page)

export const reference = () =>
  `# Reference

Made from the sources by \`pnpm reference\`; a test keeps it true. What each thing means in operation, and the
settings: [operations](operations.md). Every call and shape of the HTTP API: \`/docs\` and \`/openapi.json\` of the app.

## Metrics

${table(["metric", "type", ""], metrics().map((one) => [code(one.name), one.type, one.description]))}

## Events

Each has \`position\`, \`time\`, \`broadcast\`, \`run\`, \`epoch\` and \`cause\`.

${table(["event", "and"], events().map((one) => [code(one.name), one.fields.map(code).join(", ")]))}

## End reasons and causes

\`fault\`: \`caller\` ends a broadcast, \`world\` is tried again, \`outage\` is waited for, \`absent\` ends it before the first
picture and is waited for afterwards, \`owner\` is another worker's, \`done\` is as it was asked to.

${table(["code", "fault", "hop", ""], failures().map((one) => [code(one.code), one.fault, one.hop, one.says]))}

## Codes of the HTTP API

${
    table(
      ["status", "codes", ""],
      problems().map((one) => [String(one.status), one.codes.map(code).join(", "), one.says])
    )
  }
`

const files = [
  { path: join(root, "docs", "reference.md"), make: reference },
  { path: join(root, "docs", "operations.md"), make: filled }
]

if (process.argv[1] === import.meta.filename) {
  for (const { make, path } of files) {
    const page = readFileSync(path, "utf8")
    if (!process.argv.includes("--check")) writeFileSync(path, make(page))
    else if (make(page) !== page) {
      console.error(`${relative(root, path)} is not what the sources say: run pnpm reference`)
      process.exitCode = 1
    }
  }
}
