#!/usr/bin/env node
// The fake Janus as a program, for tests in any language: says its address on a line of its own, and ends with a signal.
import { parseArgs } from "node:util"
import { FakeJanusServer } from "../FakeJanusServer.ts"

const usage = `headend-fake-janus: a Janus server for tests, without media

  --port N         the port of the WebSocket API on 127.0.0.1; 0, the default, takes a free one
  --version N      1102 (default) answers as Janus 1.1.2, 1104 takes a viewer's offer
  --api-secret S   ask for this API secret
  --admin-key S    the admin key of both plugins; "none" for none. Default: streaming-admin and videoroom-admin
  --help           this text
`

const options = {
  port: { type: "string" },
  version: { type: "string" },
  "api-secret": { type: "string" },
  "admin-key": { type: "string" },
  help: { type: "boolean" }
} as const

const fail = (reason: string): never => {
  process.stderr.write(`${reason}\n\n${usage}`)
  process.exit(2)
}

const parse = () => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const number = (name: string, text: string | undefined, fallback: number) => {
  const value = text === undefined ? fallback : Number(text)
  return Number.isInteger(value) && value >= 0 ? value : fail(`--${name}: expected a whole number`)
}

const values = parse()
if (values.help === true) {
  process.stdout.write(usage)
} else {
  const adminKey = values["admin-key"] === "none" ? null : values["admin-key"]
  const server = await FakeJanusServer.start({
    port: number("port", values.port, 0),
    version: number("version", values.version, 1102),
    ...(values["api-secret"] === undefined ? {} : { apiSecret: values["api-secret"] }),
    ...(adminKey === undefined ? {} : { streamingAdminKey: adminKey, videoroomAdminKey: adminKey })
  }).catch((error: unknown) => fail(String(error)))
  process.stdout.write(`${server.url}\n`)
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void server.close().then(() => process.exit(0)))
  }
}
