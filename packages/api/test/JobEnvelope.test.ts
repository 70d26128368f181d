import { assert, describe, expect, it } from "@effect/vitest"
import { jsonSchema } from "@headend/api/JobEnvelope"
import * as Job from "@headend/core/Job"
import * as Keyring from "@headend/core/Keyring"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, Result } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const docs = (name: string) => fileURLToPath(new URL(`../../../docs/jobs/${name}`, import.meta.url))

interface Vector {
  readonly name: string
  readonly envelope: object
  /** The field that the refusal names. */
  readonly refused?: string
}

const vectors = JSON.parse(readFileSync(docs("vectors.json"), "utf8")) as ReadonlyArray<Vector>

describe("the envelope of jobs, as others write it", () => {
  it("has the JSON Schema that is published (vitest -u writes it anew)", () =>
    expect(`${JSON.stringify(jsonSchema(), null, 2)}\n`).toMatchFileSnapshot(docs("envelope.schema.json")))

  const validate = new Ajv2020({ strict: false }).compile(jsonSchema())
  for (const { envelope, name, refused } of vectors) {
    it.effect(`${name} is ${refused === undefined ? "taken" : "refused"}, by the schema and by the worker`, () =>
      Effect.gen(function*() {
        assert.strictEqual(validate(envelope), refused === undefined, JSON.stringify(validate.errors))
        const { open } = yield* Job.enveloping
        const opened = yield* Effect.result(open(JSON.stringify(envelope)))
        // what is wrong within a specification is read by whoever takes the job
        if (refused === undefined || refused.startsWith("spec: ")) assert.isTrue(Result.isSuccess(opened))
        else if (Result.isFailure(opened)) assert.include(opened.failure.message, refused)
        else assert.fail("it was taken")
      }).pipe(Effect.provide(Keyring.layerRandom)))
  }
})
