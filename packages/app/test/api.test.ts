// The API of the packages as it is written: every module that others may import, every export with its words, no bodies.
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Module, packages, pagesOf } from "../../../scripts/api.mjs"

const all = packages()

/** Names that say by themselves what they are, in every module that has them. */
const roles = new Set(["layer", "Options", "make", "suite", "decode", "Requests"])

/** The module's opening comment is about it. */
const isMain = ({ module }: Module, name: string) => module.split("/").at(-1)?.toLowerCase() === name.toLowerCase()

describe("the API of the packages", () => {
  it("is that of the eight packages that are published", () => {
    assert.deepStrictEqual(all.map(({ name }) => name.replace("@headend/", "")), [
      "api",
      "core",
      "janus",
      "obs",
      "queue",
      "relay",
      "srs",
      "testing"
    ])
  })

  it("has a page of every module, which says first what it is for, and none of what is closed", () => {
    for (const one of all) {
      const pages = pagesOf(one)
      for (const { module, opening } of one.modules) {
        assert.isAbove(opening.length, 10, `${one.name}/${module} opens with no comment`)
        assert.isTrue(existsSync(join(one.folder, "src", `${module}.ts`)))
        assert.include(pages["README.md"], `(${module}.md)`)
        assert.include(pages[`${module}.md`], opening)
      }
      assert.deepStrictEqual(Object.keys(pages).filter((page) => page.includes("internal")), [])
    }
  })

  it("says of every export what it is", () => {
    const silent = all.flatMap(({ modules, name }) =>
      modules.flatMap((module) =>
        module.exported.filter(({ comment, name }) => comment === "" && !roles.has(name) && !isMain(module, name))
          .map((one) => `${name}/${module.module} ${one.name}`)
      )
    )
    // a name may say it all: few do
    assert.isAtMost(silent.length, 12, silent.join(", "))
  })

  it("shows the shape of a service, the signature of a function, the fields of a schema, and no bodies", () => {
    const page = (name: string, module: string) =>
      pagesOf(all.find((one) => one.name === `@headend/${name}`)!)[`${module}.md`] ?? ""
    assert.include(
      page("core", "Mountpoints"),
      "readonly destroy: (id: MountpointId, owner: Owner) => Effect.Effect<void"
    )
    assert.include(page("core", "Broadcast"), "Effect.fn(\"Broadcast.open\")(function*<const Ks extends Kinds>(")
    assert.include(
      page("core", "Setting"),
      "const number = (minimum: number, maximum: number, whole: boolean): Form<number>"
    )
    assert.include(page("core", "source/schemas"), "kind: Schema.tag(\"rtsp_camera\")")
    assert.include(page("testing", "FakeJanusServer"), "interface FakeJanusOptions")
    assert.include(page("queue", "kafka/KafkaPort"), "class KafkaPort extends Context.Service<KafkaPort, {")
    const code = all.flatMap(({ modules }) => modules.flatMap(({ exported }) => exported.map((one) => one.code))).join(
      "\n"
    )
    const comments = all.flatMap(({ modules }) => modules.flatMap(({ exported }) => exported.map((one) => one.comment)))
    // examples are files, which are type-checked and run
    assert.deepStrictEqual(comments.filter((comment) => comment.includes("```")), [])
    assert.notMatch(code, /#[a-z]\w*[:(=]|\byield\*|\bwhile \(/)
  })
})
