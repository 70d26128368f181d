// What a server does with ports and packets. The same assertions hold for the fake and for the real Janus.
import { assert } from "@effect/vitest"
import { ages, audio, type Behaviour, KEY, open, until } from "./behaviourParts.ts"
import type { Answer } from "./RawJanus.ts"

export const mediaBehaviours: ReadonlyArray<Behaviour> = [
  {
    name: "ports run out, come back, and are handed out in turn",
    options: (first) => ({ streamingPorts: [first, first + 3] }),
    check: async ({ url }, first) => {
      const client = await open(url)
      const make = async (id: number, media: ReadonlyArray<unknown>) =>
        await client.streaming({ request: "create", type: "rtp", id, ...KEY, media })
      const portsOf = (answer: Answer) => answer.stream.ports.map((port: Answer) => port.port)
      assert.deepStrictEqual(portsOf(await make(1, [audio, audio])), [first, first + 1])
      assert.deepStrictEqual(portsOf(await make(2, [audio])), [first + 2])
      await client.streaming({ request: "destroy", id: 1 })
      await until(() => make(3, [{ ...audio, port: first }]), ({ streaming }) => streaming === "created")
      await client.streaming({ request: "destroy", id: 3 })
      assert.deepStrictEqual(portsOf(await make(4, [audio])), [first + 3])
      const last = await until(() => make(5, [audio, audio]), ({ streaming }) => streaming === "created")
      assert.deepStrictEqual(portsOf(last), [first, first + 1])
      const full = await make(6, [audio])
      assert.deepStrictEqual(
        [full.error_code, full.error],
        [456, "Can't add 'rtp' stream, error creating data source stream"]
      )
      const taken = await make(6, [{ ...audio, port: first + 3 }])
      assert.strictEqual(taken.error_code, 456)
      for (const id of [2, 4, 5]) await client.streaming({ request: "destroy", id })
      await client.raw.close()
    }
  },
  {
    name: "1.1.2 keeps the ports of the first lines when a later line cannot be made",
    options: (first) => ({ streamingPorts: [first, first + 7] }),
    check: async ({ url }, base) => {
      const client = await open(url)
      const make = (media: ReadonlyArray<unknown>) =>
        client.streaming({ request: "create", type: "rtp", ...KEY, media })
      const first = { ...audio, port: base + 8 }
      assert.strictEqual((await make([first, { type: "video", mid: "v", port: 0 }])).error_code, 456)
      assert.strictEqual((await make([first])).error_code, 456)
      assert.strictEqual((await make([{ ...audio, port: base + 9 }])).streaming, "created")
      await client.raw.close()
    }
  },
  {
    name: "age_ms grows from creation, stays small while packets come, and grows again",
    options: (first) => ({ streamingPorts: [first, first + 9] }),
    check: async (server) => {
      const client = await open(server.url)
      const made = await client.streaming({ request: "create", type: "rtp", id: 1, ...KEY, media: [audio, audio] })
      const grown = await until(() => ages(client, 1), (all) => all.every((age: number) => age > 300))
      assert.isTrue(grown.every((age: number) => age > 300))
      const stop = server.feed(1, made.stream.ports.map((port: Answer) => port.port))
      const fresh = await until(() => ages(client, 1), (all) => all.every((age: number) => age < 200))
      assert.isTrue(fresh.every((age: number) => age < 200))
      stop()
      const old = await until(() => ages(client, 1), (all) => all.every((age: number) => age > 300))
      assert.isTrue(old.every((age: number) => age > 300))
      await client.raw.close()
    }
  },
  {
    name: "packets into a disabled mountpoint count as well",
    options: (first) => ({ streamingPorts: [first, first + 9] }),
    check: async (server) => {
      const client = await open(server.url)
      const made = await client.streaming({ request: "create", type: "rtp", id: 1, ...KEY, media: [audio] })
      await client.streaming({ request: "disable", id: 1, stop_recording: false })
      await until(() => ages(client, 1), ([age]) => age !== undefined && age > 300)
      const stop = server.feed(1, [made.stream.ports[0].port])
      const [age] = await until(() => ages(client, 1), ([one]) => one !== undefined && one < 200)
      assert.isBelow(age ?? Number.NaN, 200)
      stop()
      await client.raw.close()
    }
  }
]
