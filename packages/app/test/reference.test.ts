// What is written about settings, metrics, events and codes is what the code says of them: nothing missing, nothing made up.
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import { events, failures, filled, metrics, problems, settings } from "../../../scripts/reference.mjs"

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const read = (path: string) => readFileSync(at(path), "utf8")

const operations = read("docs/operations.md")

/** Beginnings of names, of which the sources speak too. */
const beginnings = new Set(["HEADEND_SECRET"])

const sources = ["packages", "apps"].flatMap((folder) =>
  readdirSync(at(folder)).map((name) => at(`${folder}/${name}/src`)).filter((source) => existsSync(source))
    .flatMap((source) =>
      readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(`${source}/${name}`, "utf8"))
    )
)

const metricsIn = (text: string) => new Set([...text.matchAll(/headend_[a-z_]+/g)].map(([name]) => name))

/** The page with another text in the place of this one. */
const drifted = (text: string, instead: string) => {
  const other = operations.replace(text, instead)
  assert.notStrictEqual(other, operations, text)
  return other
}

describe("the operations page", () => {
  it("has its tables as the code has them", () => {
    assert.strictEqual(operations, filled(operations))
  })

  it("would be found out if any meaning or default in it were another one", () => {
    for (const { means } of [...settings(), ...metrics(), ...events(), ...failures(), ...problems()]) {
      const other = drifted(` ${means.replaceAll("|", "\\|")} |`, " something else |")
      assert.strictEqual(filled(other), operations, means)
    }
    for (const { form, name, otherwise } of settings()) {
      const row = `| \`${name}\` | ${form.takes.replaceAll("|", "\\|")} | `
      assert.strictEqual(filled(drifted(`${row}${otherwise}`, `${row}another`)), operations, name)
    }
  })

  it("tells every setting that the code speaks of, and each but once", () => {
    const names = settings().map(({ name }) => name)
    assert.deepStrictEqual(names.filter((name, at) => names.indexOf(name) !== at), [])
    const spoken = sources.flatMap((text) =>
      [...text.matchAll(/(?<![\w~])HEADEND_[A-Z_]*[A-Z]\b(?!_)/g)].map(([name]) => name)
    )
    assert.isAbove(spoken.length, 60)
    assert.deepStrictEqual([...new Set(spoken)].filter((name) => !names.includes(name) && !beginnings.has(name)), [])
  })

  it("tells every metric that the code makes, and names no other", () => {
    const known = metrics().map(({ name }) => name)
    const made = sources.flatMap((text) => [...text.matchAll(/Measure\.(?:counter|gauge)\(\s*"(\w+)"/g)])
      .map(([, name]) => `headend_${name}`)
    assert.deepStrictEqual(made.toSorted(), known.toSorted())
    const others = sources.filter((text) => /Metric\.(?:counter|gauge|histogram|summary)\(/.test(text))
    assert.lengthOf(others, 1, "metrics are made by Measure, and nowhere else")
    assert.deepStrictEqual([...metricsIn(operations)].filter((name) => !known.includes(name)), [])
  })

  it("tells every code that the code fails or ends with, and no other", () => {
    const known = failures().map(({ code }) => code)
    const used = sources.flatMap((text) => [...text.matchAll(/(?:failureOf\(|\bended\((?="\w+",))\s*"(\w+)"/g)])
      .map(([, code]) => code ?? "")
    assert.deepStrictEqual([...new Set(used)].toSorted(), known.toSorted())
    assert.deepStrictEqual(sources.filter((text) => /get failure\(\)[^}]*\bcode:/.test(text)), [])
  })

  it("tells every code of the API, with its status", () => {
    for (const { code, status } of problems()) assert.include(operations, `| ${status} | \`${code}\` |`)
    assert.isAbove(problems().length, 30)
  })
})

describe("dashboard and alert rules", () => {
  const known = new Set(metrics().map(({ name }) => name))

  it("ask for metrics that there are, and the dashboard for each of them", () => {
    const dashboard = metricsIn(read("deploy/observability/grafana-dashboard.json"))
    const alerts = metricsIn(read("deploy/observability/alerts.yaml"))
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
