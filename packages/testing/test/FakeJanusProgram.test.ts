// The program, and the server without Effect: what a project in another style or language uses.
import { assert, describe, it } from "@effect/vitest"
import { FakeJanusServer } from "@headend/testing/FakeJanusServer"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { WebSocket } from "ws"

const program = join(import.meta.dirname, "../src/internal/fakeJanusProgram.ts")
const node = ["--conditions=@headend/source", program]

/** One request of the Janus API, and its answer. */
const ask = async (url: string, request: object) => {
  const socket = new WebSocket(url, "janus-protocol")
  await once(socket, "open")
  socket.send(JSON.stringify({ transaction: "t", ...request }))
  const [message] = await once(socket, "message")
  socket.close()
  return JSON.parse(String(message))
}

describe("the fake Janus without Effect", () => {
  it("is started, asked and closed with promises alone", async () => {
    const janus = await FakeJanusServer.start()
    assert.strictEqual((await ask(janus.url, { janus: "create" })).janus, "success")
    janus.faults.refuse(1, { code: 490, reason: "not today" })
    assert.strictEqual((await ask(janus.url, { janus: "create" })).error.code, 490)
    assert.deepStrictEqual(janus.journal.map(({ code, janus }) => `${janus} ${code}`), ["create 0", "create 490"])
    await janus.close()
  })

  it("is a program that says its address, and ends with a signal", async () => {
    const child = spawn(process.execPath, [...node, "--api-secret", "hush"], { stdio: ["ignore", "pipe", "inherit"] })
    const [line] = await once(child.stdout, "data")
    const url = String(line).trim()
    assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+$/)
    assert.strictEqual((await ask(url, { janus: "create" })).error.code, 403)
    assert.strictEqual((await ask(url, { janus: "create", apisecret: "hush" })).janus, "success")
    child.kill("SIGTERM")
    assert.deepStrictEqual(await once(child, "exit"), [0, null])
  })

  it("says what is wrong with its arguments", () => {
    const { status, stderr } = spawnSync(process.execPath, [...node, "--port", "x"], { encoding: "utf8" })
    assert.strictEqual(status, 2)
    assert.match(stderr, /--port: expected a whole number/)
  })
})
