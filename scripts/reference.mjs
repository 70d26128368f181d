// What programs and operators can rely on: settings, metrics, events, end reasons, codes of HTTP. Each says in the code what
// it means; `pnpm reference` writes that into docs/operations.md, and with `--check` fails when the page says anything else.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { variables as ofCommand } from "../apps/cli/src/Variables.ts"
import * as Guard from "../apps/http/src/Guard.ts"
import { variables as ofHttp } from "../apps/http/src/HttpConfig.ts"
import * as Problem from "../packages/api/src/Problem.ts"
import * as ProblemCode from "../packages/api/src/ProblemCode.ts"
import * as FleetMetrics from "../packages/app/src/FleetMetrics.ts"
import * as Metrics from "../packages/app/src/Metrics.ts"
import { variables as ofAll } from "../packages/app/src/Variables.ts"
import { BroadcastEvent, common } from "../packages/core/src/BroadcastEvent.ts"
import * as Code from "../packages/core/src/Code.ts"
import * as figures from "../packages/core/src/internal/figures.ts"
import * as Worker from "../packages/core/src/Worker.ts"
import { variables as ofJanus } from "../packages/janus/src/JanusConfig.ts"
import { variables as ofKafka } from "../packages/queue/src/kafka/KafkaConfig.ts"
import { variables as ofRedis } from "../packages/queue/src/redis/RedisConfig.ts"
import * as RelayMetrics from "../packages/relay/src/RelayMetrics.ts"
import { root } from "./processes.mjs"

const { janusUrl, ...ofApps } = ofAll

/** By who reads them. */
const groups = Object.entries({
  "Every app": ofApps,
  "The HTTP app": ofHttp,
  Janus: { ...ofJanus, url: janusUrl },
  Redis: ofRedis,
  Kafka: ofKafka,
  "The command `headend`": ofCommand
}).map(([title, variables]) => ({ title, settings: Object.values(variables) }))

/** Every setting, with what it takes, what stands for it when it is absent, and what it means. */
export const settings = () => groups.flatMap(({ settings }) => settings)

/** Every metric, named as Prometheus gets it. */
export const metrics = () =>
  [Metrics, figures, FleetMetrics, Worker, RelayMetrics, Guard].flatMap(({ measures }) => Object.values(measures))
    .map((measure) => ({ ...measure, name: `headend_${measure.name}` }))

/** Every event, and what it has besides what all have. */
export const events = () =>
  BroadcastEvent.members.map((member) => ({
    name: member.fields._tag.schema.literal,
    fields: Object.keys(member.fields).filter((field) => field !== "_tag" && !(field in common)),
    means: member.ast.annotations.description
  }))

/** Every code that ends a broadcast, holds it up, or refuses it. */
export const failures = () => Object.entries(Code.codes).map(([code, one]) => ({ code, ...one }))

const classes = new Map(Object.entries(Problem))

/** Codes of problem documents, with the status that they come with. */
export const problems = () =>
  Object.entries(ProblemCode.codes).flatMap(([name, codes]) => {
    const [first] = Object.keys(codes)
    const Class = classes.get(name)
    const { status } = new Class({ code: first })
    return Object.entries(codes).map(([code, means]) => ({ status, code, means }))
  }).toSorted((a, b) => a.status - b.status)

const cell = (text) => text.replaceAll("|", "\\|")
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ").replaceAll(/\s+\|/g, " |")} |`)
    .join("\n")
const code = (text) => `\`${text}\``

const groupOfCodes = (title, codes) =>
  `**${title}**\n\n${
    table(
      ["code", "fault", "hop", "", "what to do"],
      Object.entries(codes).map(([name, { fault, hops, means, remedy }]) => [
        code(name),
        fault === "done" ? "–" : fault,
        hops.map(code).join(", "),
        means,
        remedy
      ])
    )
  }`

/** What stands between the marks of these names in docs/operations.md. */
const sections = () => ({
  settings: groups.map(({ settings, title }) =>
    `**${title}**\n\n${
      table(
        ["setting", "takes", "default", ""],
        settings.map(({ form, means, name, otherwise }) => [code(name), form.takes, otherwise, means])
      )
    }`
  ).join("\n\n"),
  metrics: table(
    ["metric", "type", "", "labels"],
    metrics().map(({ labels, means, name, type }) => [
      code(name),
      type,
      means,
      Object.entries(labels).map(([label, means]) => `${code(label)}: ${means}`).join("<br>")
    ])
  ),
  events: table(
    ["event", "tells", "fields"],
    events().map(({ fields, means, name }) => [code(name), means, fields.map(code).join(", ")])
  ),
  codes: [
    groupOfCodes("Ends", Code.groups.ends),
    groupOfCodes("Janus", Code.groups.janus),
    groupOfCodes("Sources and relays", Code.groups.sources),
    groupOfCodes("OBS, and the RTMP server that it publishes to", Code.groups.encoders),
    groupOfCodes("headend itself", Code.groups.own)
  ].join("\n\n"),
  problems: table(
    ["status", "code", ""],
    problems().map(({ code: name, means, status }) => [String(status), code(name), means])
  )
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

if (process.argv[1] === import.meta.filename) {
  const target = join(root, "docs", "operations.md")
  const page = readFileSync(target, "utf8")
  if (!process.argv.includes("--check")) writeFileSync(target, filled(page))
  else if (filled(page) !== page) {
    console.error("docs/operations.md is not what the sources say: run pnpm reference")
    process.exitCode = 1
  }
}
