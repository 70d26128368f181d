// What the documentation shows is true: every block marked `ts` is type-checked as a module of its own, those that declare
// tests are run, and blocks marked `js` are run by Node.
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")
/** Inside this package, so that what it may import is found; ignored by git. */
const folder = join(import.meta.dirname, "../.documentation")
const pages = ["README.md", "docs/*.md", "packages/*/README.md", "apps/*/README.md", "examples/README.md"]

interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly code: string
}

const blocksOf = (path: string): ReadonlyArray<Block> => {
  const text = readFileSync(path, "utf8")
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)].map(({ 1: language = "", 2: code = "", index }) => ({
    page: relative(root, path),
    line: text.slice(0, index).split("\n").length,
    language,
    code
  }))
}

const blocks = globSync(pages, { cwd: root }).toSorted().flatMap((page) => blocksOf(join(root, page)))
const nameOf = ({ code, language, line, page }: Block) =>
  `${page.replaceAll(/[^A-Za-z]+/g, "-")}-${line}${/@effect\/vitest|Test\.suite/.test(code) ? ".test" : ""}.${language}`

const run = (command: string, ...args: ReadonlyArray<string>) =>
  promisify(execFile)(command, [...args], { cwd: folder, maxBuffer: 1 << 24 }).then(
    ({ stdout }) => stdout,
    (error) => Promise.reject(new Error(`${command} ${args.join(" ")} failed:\n${error.stdout}\n${error.stderr}`))
  )

const packages = ["core", "api", "janus", "obs", "queue", "relay", "srs", "testing"]
const tsconfig = {
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    rootDir: ".",
    noEmit: true,
    noUnusedLocals: false,
    types: ["node"],
    tsBuildInfoFile: ".tsbuildinfo"
  },
  include: ["*.ts"],
  references: packages
    .filter((name) => globSync("*.ts", { cwd: join(root, "packages", name, "src") }).length > 0)
    .map((name) => ({ path: `../../packages/${name}` }))
}

const vitestConfig = `export default {
  resolve: { conditions: ["@headend/source", "node"] },
  ssr: { resolve: { conditions: ["@headend/source", "node"] } }
}
`

describe("the documentation", () => {
  it("shows code that is type-checked and run", async () => {
    assert.isAbove(blocks.length, 10)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const block of blocks) writeFileSync(join(folder, nameOf(block)), block.code)
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig))
    writeFileSync(join(folder, "vitest.config.mjs"), vitestConfig)
    await run(join(root, "node_modules/.bin/tsc"), "-b", ".")
    await run(
      join(root, "node_modules/.bin/vitest"),
      "run",
      "--root",
      ".",
      "--reporter=json",
      "--outputFile.json=report.json"
    )
    const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"))
    assert.strictEqual(report.numFailedTests, 0)
    assert.isAbove(report.numPassedTests, 10)
    rmSync(folder, { recursive: true, force: true })
  }, 300_000)

  it("shows JavaScript that runs", async () => {
    mkdirSync(folder, { recursive: true })
    const scripts = blocks.filter(({ language }) => language === "js")
    assert.isAtLeast(scripts.length, 1)
    for (const { code } of scripts) {
      const program = `${code}\nprocess.exit(0)`
      await run(process.execPath, "--conditions=@headend/source", "--input-type=module", "--eval", program)
    }
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)
})
