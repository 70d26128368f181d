/**
 * What a producer that is not headend puts on a queue: its JSON Schema, as it is published in `docs/jobs`. What spans
 * several fields a schema cannot say; the worker does, in the reason of the dead letter.
 */
import { PlainEnvelope } from "@headend/core/Job"
import { Schema } from "effect"
import { Job } from "./Jobs.ts"

const { job: _any, ...wrapping } = PlainEnvelope.fields
export const JobEnvelope = Schema.Struct({ ...wrapping, job: Job })

/** Draft 2020-12. Fields that are not named are refused, as the worker refuses them. */
export const jsonSchema = (): Readonly<Record<string, unknown>> => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(JobEnvelope)
  const whole = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A job for headend",
    ...schema,
    $defs: definitions
  }
  return JSON.parse(
    JSON.stringify(whole),
    (name, value) => name === "additionalProperties" && value === true ? false : value
  )
}
