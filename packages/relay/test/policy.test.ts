import { assert, describe, it } from "@effect/vitest"
import type { RelayInput } from "@headend/core/Relays"
import * as InputPolicy from "@headend/relay/InputPolicy"
import * as Redaction from "@headend/relay/Redaction"
import { Effect, Redacted } from "effect"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const rtmp = (url: string): RelayInput => ({ type: "rtmp", url: Redacted.make(url) })
const pull = (url: string): RelayInput => ({ type: "pull", url: Redacted.make(url), loop: false })
const none = { allow: [], deny: [], folder: undefined }

const check = (input: RelayInput, settings: Partial<InputPolicy.Settings> = {}) =>
  Effect.match(InputPolicy.make({ ...none, ...settings }).check(input), {
    onSuccess: (allowed) => allowed?.url,
    onFailure: ({ reason }) => new Error(reason)
  })

const refused = [
  "rtmp://169.254.169.254/a/b",
  "rtmp://2852039166/a/b",
  "rtmp://0xa9fea9fe/a/b",
  "rtmp://[::ffff:169.254.169.254]/a/b",
  "rtmp://[fe80::1]/a/b",
  "rtmp://user:pw@100.100.100.200/a/b",
  "rtmp://0.0.0.0/a/b",
  "rtmp://239.1.2.3/a/b",
  "rtmp://-i/a/b",
  "http://127.0.0.1/a"
]

describe("the input policy", () => {
  for (const url of refused) {
    it.live(`refuses ${url}`, () => Effect.map(check(rtmp(url)), (said) => assert.instanceOf(said, Error)))
  }

  it.live("allows loopback and private addresses unless the operator says otherwise", () =>
    Effect.gen(function*() {
      for (const url of ["rtmp://127.0.0.1:1935/a/b", "rtmp://10.1.2.3/a/b", "rtmp://[::1]/a/b"]) {
        assert.strictEqual(yield* check(rtmp(url)), url)
      }
      assert.instanceOf(yield* check(rtmp("rtmp://10.1.2.3/a/b"), { deny: ["10.0.0.0/8"] }), Error)
      assert.instanceOf(yield* check(rtmp("rtmp://10.1.2.3/a/b"), { allow: ["192.0.2.0/24"] }), Error)
      assert.isString(yield* check(rtmp("rtmp://192.0.2.9/a/b"), { allow: ["192.0.2.0/24"] }))
      // what is never allowed is not allowed by a list either
      assert.instanceOf(yield* check(rtmp("rtmp://169.254.169.254/a/b"), { allow: ["0.0.0.0/0"] }), Error)
    }))

  it.live("looks a name up, and gives the address that was checked", () =>
    Effect.gen(function*() {
      const found = yield* check(rtmp("rtmp://localhost:1935/a/b"))
      assert.match(String(found), /^rtmp:\/\/(127\.0\.0\.1|\[::1\]):1935\/a\/b$/)
      assert.instanceOf(yield* check(rtmp("rtmp://localhost/a/b"), { deny: ["127.0.0.0/8", "::1"] }), Error)
      assert.strictEqual(yield* check(rtmp("rtmp://nobody.invalid/a/b")), undefined)
    }))

  it.live("lets files be read below the folder, and nowhere else, links followed", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-input-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      writeFileSync(join(folder, "a.mp4"), "")
      symlinkSync("/etc/passwd", join(folder, "link.mp4"))
      assert.strictEqual(yield* check(pull(`file://${folder}/a.mp4`), { folder }), `${folder}/a.mp4`)
      for (
        const path of [
          `${folder}/link.mp4`,
          `${folder}/../passwd`,
          "/etc/passwd",
          `${folder}2/a.mp4`,
          `${folder}/%2e%2e/x`
        ]
      ) {
        assert.instanceOf(yield* check(pull(`file://${path}`), { folder }), Error, path)
      }
      assert.instanceOf(yield* check(pull(`file://host${folder}/a.mp4`), { folder }), Error)
      assert.instanceOf(yield* check(pull(`file://${folder}/a.mp4`)), Error)
    }))

  it("reads networks, and says what is none", () => {
    for (const good of ["10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"]) {
      assert.strictEqual(InputPolicy.network(good)._tag, "Success")
    }
    for (const bad of ["10.0.0.0/33", "host", "10.0.0/8", "10.0.0.0/", ""]) {
      assert.strictEqual(InputPolicy.network(bad)._tag, "Failure")
    }
  })
})

describe("redaction", () => {
  it("takes stream keys, users, passwords and queries out of whatever is said", () => {
    const url = "rtmp://ann:p%3Aw@media.example/live/key1?token=tok1"
    const redact = Redaction.make([...Redaction.secretsOf(url, true), "other"])
    const said = redact(`[error] ${url}: no key1, p:w, p%3Aw, tok1 or other; see rtsp://bob:x@host/y?z=1`)
    for (const secret of ["key1", "p:w", "p%3Aw", "tok1", "other", "ann", "bob", ":x@", "z=1"]) {
      assert.notInclude(said, secret)
    }
    assert.include(said, "media.example/live/")
  })
})
