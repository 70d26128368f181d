import { assert, describe, it } from "@effect/vitest"
import { Api } from "@headend/api/Api"
import { Authorized, Needs } from "@headend/api/Authorized"
import { Context } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"

const document = OpenApi.fromApi(Api)

const calls = [
  "get /v1/broadcasts",
  "post /v1/broadcasts",
  "delete /v1/broadcasts",
  "get /v1/broadcasts/{id}",
  "put /v1/broadcasts/{id}",
  "delete /v1/broadcasts/{id}",
  "post /v1/broadcasts/{id}/kick",
  "post /v1/broadcasts/{id}/restart",
  "get /v1/broadcasts/{id}/events",
  "get /v1/broadcasts/{id}/logs",
  "get /v1/events",
  "post /v1/plan",
  "get /v1/health",
  "get /v1/workers",
  "get /v1/autoscale",
  "post /v1/jobs",
  "get /v1/queue",
  "get /v1/queue/dead",
  "post /v1/queue/dead/{id}/redrive",
  "get /livez",
  "get /readyz",
  "get /metrics",
  "post /v1/session",
  "delete /v1/session",
  "get /v1/session",
  "post /hooks/{secret}/srs",
  "post /hooks/{secret}/nginx-rtmp",
  "post /hooks/{secret}/node-media-server",
  ...["whip", "whep"].flatMap((name) => [
    `post /${name}/{id}`,
    `options /${name}/{id}`,
    `patch /${name}/{id}/{resource}`,
    `delete /${name}/{id}/{resource}`,
    `options /${name}/{id}/{resource}`
  ])
]

const methods = ["get", "put", "post", "delete", "options", "patch"] as const

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const operation = item[method]
    return operation === undefined ? [] : [{ call: `${method} ${path}`, operation }]
  })
)

describe("the description of the API", () => {
  it("lists every call, once, as OpenAPI 3.1", () => {
    assert.match(document.openapi, /^3\.1\./)
    assert.deepStrictEqual(operations.map(({ call }) => call).toSorted(), calls.toSorted())
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.strictEqual(new Set(ids).size, ids.length)
  })

  it("says of every call in words what it does", () => {
    for (const { call, operation } of operations) assert.isNotEmpty(operation.summary, call)
  })

  it("refers to no schema that is not there", () => {
    const schemas = Object.keys(document.components.schemas)
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) =>
      name!
    )
    assert.isAbove(references.length, 50)
    for (const name of references) assert.include(schemas, name)
  })

  it("tells every error as a problem document with its codes", () => {
    for (const { call, operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue
        assert.deepStrictEqual(Object.keys(content ?? {}), ["application/problem+json"], `${call} ${status}`)
      }
    }
    assert.deepInclude(document.components.schemas.Conflict?.properties as object, {
      status: { type: "number", enum: [409] }
    })
    assert.include(JSON.stringify(document.components.schemas.Conflict), "broadcast_exists")
  })

  it("names the kinds of source, and takes durations as text or milliseconds", () => {
    const spec = JSON.stringify(document.components.schemas.BroadcastSpec)
    for (
      const kind of [
        "videoroom",
        "browser_webrtc",
        "obs",
        "rtmp_external",
        "external",
        "rtsp_camera",
        "pull",
        "frontend_owned",
        "test_pattern"
      ]
    ) assert.include(spec, `"${kind}"`)
    assert.include(spec, "\"maxDuration\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}")
  })

  it("gives numbers in queries as numbers, within their bounds", () => {
    const list = document.paths["/v1/broadcasts"]?.get?.parameters ?? []
    const limit = list.find(({ name }) => name === "limit")
    assert.deepStrictEqual(limit?.schema, { type: "integer", minimum: 1, maximum: 500 })
  })
})

describe("access", () => {
  const needs = new Map<string, string>()
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, middleware }) => {
      const scope = [...middleware].some((one) => one.key === Authorized.key)
        ? Context.get(endpoint.annotations, Needs)
        : "open"
      needs.set(`${endpoint.method.toLowerCase()} ${endpoint.path}`, scope)
    }
  })
  const having = (scope: string) => [...needs].flatMap(([call, one]) => (one === scope ? [call] : [])).toSorted()

  it("needs write for what changes something", () => {
    assert.deepStrictEqual(having("write"), [
      "delete /v1/broadcasts",
      "delete /v1/broadcasts/:id",
      "post /v1/broadcasts",
      "post /v1/broadcasts/:id/kick",
      "post /v1/broadcasts/:id/restart",
      "post /v1/jobs",
      "post /v1/queue/dead/:id/redrive",
      "put /v1/broadcasts/:id"
    ])
  })

  it("needs read for the other calls on data, metrics included", () => {
    assert.deepStrictEqual(having("read"), [
      "get /metrics",
      "get /v1/autoscale",
      "get /v1/broadcasts",
      "get /v1/broadcasts/:id",
      "get /v1/broadcasts/:id/events",
      "get /v1/broadcasts/:id/logs",
      "get /v1/events",
      "get /v1/health",
      "get /v1/queue",
      "get /v1/queue/dead",
      "get /v1/session",
      "get /v1/workers",
      "post /v1/plan"
    ])
  })

  it("asks itself who comes for WHIP, WHEP and hooks, and leaves probes and the session open", () => {
    assert.deepStrictEqual(
      having("open").filter((call) => !/ \/(wh[ie]p|hooks)\//.test(call)),
      ["delete /v1/session", "get /livez", "get /readyz", "post /v1/session"]
    )
    const security = (path: string) => document.paths[path]?.post?.security
    assert.deepStrictEqual(security("/whip/{id}"), [{ bearer: [] }, { session: [] }])
    assert.deepStrictEqual(security("/whep/{id}"), [{ bearer: [] }, { session: [] }, {}])
  })
})
