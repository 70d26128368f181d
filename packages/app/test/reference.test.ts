// What is written about settings, metrics, events and codes is what the sources have: nothing missing, nothing made up.
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import { events, failures, filled, metrics, problems, reference, settings } from "../../../scripts/reference.mjs"

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8")

const operations = read("docs/operations.md")

/** Beginnings of names, of which the sources speak too. */
const beginnings = new Set(["HEADEND_SECRET"])

const sourcesOf = (folders: ReadonlyArray<string>) =>
  folders.flatMap((folder) => {
    const path = fileURLToPath(new URL(`../../../${folder}`, import.meta.url))
    return readdirSync(path).map((name) => `${path}/${name}/src`).filter((source) => existsSync(source))
      .flatMap((source) =>
        readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
          .map((name) => readFileSync(`${source}/${name}`, "utf8"))
      )
  })
const missing = (names: ReadonlyArray<string>) => names.filter((name) => !operations.includes(`\`${name}\``))

/** Names of metrics in a text; those of a table's row may be written by their ends: `headend_relay_fps`, `_frames`. */
const metricsIn = (text: string) =>
  text.split("\n").flatMap((line) => {
    const whole = [...line.matchAll(/headend_[a-z_]+/g)].map(([name]) => name)
    const first = whole.find((name) => line.includes(`\`${name}\`, \`_`))
    const stem = first?.startsWith("headend_relay_") === true ? "headend_relay" : undefined
    const ends = stem === undefined ? [] : [...line.matchAll(/`(_[a-z_]+)`/g)].map(([, end]) => `${stem}${end}`)
    return [...whole, ...ends]
  })

describe("the reference", () => {
  it("finds what there is", () => {
    for (const list of [settings(), metrics(), events(), failures(), problems()]) assert.isAbove(list.length, 8)
    assert.includeMembers(settings().map(({ name }) => name), [
      "HEADEND_INSTANCE",
      "HEADEND_JANUS_TOKEN",
      "HEADEND_KAFKA_TLS_CA"
    ])
    assert.includeMembers(metrics().map(({ name }) => name), [
      "headend_relay_fps",
      "headend_queue_lag",
      "headend_jobs_total"
    ])
    assert.includeMembers(failures().map(({ code }) => code), [
      "publisher_absent",
      "encoder_busy",
      "relay_killed",
      "defect"
    ])
    assert.includeMembers(events().map(({ name }) => name), ["HopChanged", "JobFailed"])
  })

  it("is in docs/reference.md as the sources have it", () => {
    assert.strictEqual(read("docs/reference.md"), reference())
  })
})

describe("the operations page", () => {
  it("has its tables as the sources have them", () => {
    assert.strictEqual(operations, filled(operations))
  })

  it("tells every setting that the sources speak of, and each but once", () => {
    const names = settings().map(({ name }) => name)
    assert.deepStrictEqual(names.filter((name, at) => names.indexOf(name) !== at), [])
    const spoken = sourcesOf(["packages", "apps"]).flatMap((text) =>
      [...text.matchAll(/(?<![\w~])HEADEND_[A-Z_]*[A-Z]\b(?!_)/g)].map(([name]) => name)
    )
    assert.isAbove(spoken.length, 60)
    assert.deepStrictEqual([...new Set(spoken)].filter((name) => !names.includes(name) && !beginnings.has(name)), [])
  })

  it("tells every metric, and no other", () => {
    const known = metrics().map(({ name }) => name)
    const told = new Set(metricsIn(operations))
    assert.deepStrictEqual(known.filter((name) => !told.has(name)), [])
    assert.deepStrictEqual([...told].filter((name) => !known.includes(name)), [])
  })

  it("tells every event, every code that ends a broadcast or holds it up, and every code of the API", () => {
    assert.deepStrictEqual(missing(events().map(({ name }) => name)), [])
    assert.deepStrictEqual(missing(failures().map(({ code }) => code)), [])
    assert.deepStrictEqual(missing(problems().flatMap(({ codes }) => codes)), [])
  })
})

describe("dashboard and alert rules", () => {
  const names = (text: string) => new Set([...text.matchAll(/headend_[a-z_]+/g)].map(([name]) => name))
  const known = new Set(metrics().map(({ name }) => name))

  it("ask for metrics that there are, and the dashboard for each of them", () => {
    const dashboard = names(read("deploy/observability/grafana-dashboard.json"))
    const alerts = names(read("deploy/observability/alerts.yaml"))
    assert.deepStrictEqual([...dashboard, ...alerts].filter((name) => !known.has(name)), [])
    const undrawn = [...known].filter((name) => !dashboard.has(name) && !alerts.has(name))
    assert.isAtMost(undrawn.length, 8, undrawn.join(", "))
  })

  it("are files of their kind", () => {
    const { groups } = parse(read("deploy/observability/alerts.yaml")) as {
      readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<Record<string, unknown>> }>
    }
    for (const rule of groups.flatMap(({ rules }) => rules)) {
      assert.containsAllKeys(rule, ["alert", "expr", "labels", "annotations"])
    }
    const { panels } = JSON.parse(read("deploy/observability/grafana-dashboard.json")) as {
      readonly panels: ReadonlyArray<{ readonly id: number }>
    }
    assert.strictEqual(new Set(panels.map(({ id }) => id)).size, panels.length)
  })
})
