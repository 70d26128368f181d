import { assert, describe, it } from "@effect/vitest"
import * as BroadcastSpec from "@headend/core/BroadcastSpec"
import * as Sources from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import { Schema } from "effect"

import { type Answers, forms, parse, toSpec } from "../../web/model/forms.ts"

/** Something that fits, for every field that is asked for. */
const fitting: Answers = {
  "source.room.id": "1234",
  "source.ingest.rtmpUrl": "rtmp://127.0.0.1:1935",
  "source.ingest.app": "live",
  "source.ingest.streamKey": "key",
  "source.camera.url": "rtsp://10.0.0.7/stream",
  "source.obs.host": "127.0.0.1",
  "source.url": "https://example.org/index.m3u8"
}

describe("the start form", () => {
  const set = Sources.make(standard.kinds)

  it("makes a specification that the schema takes, for each kind of source", () => {
    for (const { fields, kind } of forms) {
      const answers = Object.fromEntries(
        fields.filter((field) => field.required === true).map(({ path }) => [path, fitting[path] ?? ""])
      )
      const known = set.kinds.find((one) => one.kind === kind)
      if (known === undefined) continue
      const schema = BroadcastSpec.make(known.schema as Schema.Codec<{ readonly kind: string }, unknown>, known.feeds)
      const decode = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })
      assert.strictEqual(decode(toSpec(kind, answers))._tag, "Success", kind)
    }
  })

  it("has an entry for each kind that the standard set has, under its first name", () => {
    const names = set.kinds.map(({ kind }) => kind as string).filter((kind) => kind !== "external")
    assert.includeMembers(forms.map(({ kind }) => kind), names)
  })

  it("leaves out what was left empty and what is so anyway, and reads numbers, flags, labels and ids", () => {
    assert.deepStrictEqual(
      toSpec("test_pattern", {
        "source.width": "640",
        "source.fps": " ",
        "source.relay.kind": "ffmpeg",
        "source.relay.video": "transcode",
        labels: "team:events, floor : 2",
        description: " Lobby ",
        "mountpoint.create.id": "9001"
      }),
      {
        source: { kind: "test_pattern", width: 640, relay: { video: "transcode" } },
        labels: { team: "events", floor: "2" },
        description: "Lobby",
        mountpoint: { create: { id: 9001 } }
      }
    )
    assert.deepStrictEqual(toSpec("pull", { "source.url": "srt://a:1", "source.loop": "true" }), {
      source: { kind: "pull", url: "srt://a:1", loop: true }
    })
    assert.deepStrictEqual(toSpec("videoroom", { "source.room.id": "lobby-7" }), {
      source: { kind: "videoroom", room: { id: "lobby-7" } }
    })
  })

  it("takes JSON objects, and says what is wrong with anything else", () => {
    assert.deepStrictEqual(parse("{\"a\":1}"), { spec: { a: 1 } })
    assert.deepStrictEqual(parse("[]"), { wrong: "expected a JSON object" })
    assert.property(parse("{"), "wrong")
  })
})
