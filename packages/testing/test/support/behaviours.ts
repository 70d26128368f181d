// What a server does over time: timeouts, lost sockets, secrets, restarts. The same assertions hold for the fake and for
// the real Janus.
import { assert } from "@effect/vitest"
import { audio, type Behaviour, KEY, open, ROOM_KEY, until } from "./behaviourParts.ts"
import { mediaBehaviours } from "./mediaBehaviours.ts"
import { type Answer, RawJanus } from "./RawJanus.ts"

export const behaviours: ReadonlyArray<Behaviour> = [
  ...mediaBehaviours,
  {
    name: "a session without keepalive ends with an event and is then unknown",
    options: () => ({ sessionTimeout: 1 }),
    check: async ({ url }) => {
      const { raw, session } = await open(url)
      const event = await raw.event((one) => one.janus === "timeout", 30_000)
      assert.strictEqual(event.session_id, session)
      const answer = await raw.request({ janus: "keepalive", session_id: session })
      assert.deepStrictEqual(answer.error, { code: 458, reason: `No such session ${session}` })
      await raw.close()
    }
  },
  {
    name: "a lost socket takes its sessions and participants with it; mountpoints and rooms stay",
    options: () => ({}),
    check: async ({ url }) => {
      const [first, second] = [await open(url), await open(url)]
      await first.videoroom({ request: "create", room: 1, ...ROOM_KEY })
      await first.streaming({ request: "create", type: "rtp", id: 2, ...KEY, media: [audio] })
      await first.videoroom({ request: "join", room: 1, ptype: "publisher", id: 3 })
      assert.lengthOf((await second.videoroom({ request: "listparticipants", room: 1 })).participants, 1)
      first.raw.terminate()
      const left = await until(
        () => second.videoroom({ request: "listparticipants", room: 1 }),
        ({ participants }) => participants.length === 0
      )
      assert.deepStrictEqual(left.participants, [])
      const gone = await second.raw.request({ janus: "keepalive", session_id: first.session })
      assert.strictEqual(gone.error?.code, 458)
      assert.strictEqual((await second.streaming({ request: "info", id: 2 })).info.id, 2)
      await second.raw.close()
    }
  },
  {
    name: "a lost session can be claimed, with its handles",
    options: () => ({ reclaimSessionTimeout: 10 }),
    check: async ({ url }) => {
      const first = await RawJanus.connect(url)
      const session = await first.session()
      const handle = await first.attach(session, "janus.plugin.streaming")
      first.terminate()
      const second = await RawJanus.connect(url)
      const claim = await second.request({ janus: "claim", session_id: session })
      assert.strictEqual(claim.janus, "success")
      const list = await second.message(session, handle, { request: "list" })
      assert.deepStrictEqual(list.plugindata.data.list, [])
      await second.close()
    }
  },
  {
    name: "with an API secret nothing but info and ping works without it",
    options: () => ({ apiSecret: "s3cret" }),
    check: async ({ url }) => {
      const raw = await RawJanus.connect(url)
      const refused = { code: 403, reason: "Unauthorized request (wrong or missing secret/token)" }
      assert.strictEqual((await raw.request({ janus: "ping" })).janus, "pong")
      assert.strictEqual((await raw.request({ janus: "info" })).api_secret, true)
      assert.deepStrictEqual((await raw.request({ janus: "create" })).error, refused)
      assert.deepStrictEqual((await raw.request({ janus: "create", apisecret: "no" })).error, refused)
      const { data } = await raw.request({ janus: "create", apisecret: "s3cret" })
      assert.deepStrictEqual((await raw.request({ janus: "keepalive", session_id: data.id })).error, refused)
      const good = { janus: "attach", session_id: data.id, plugin: "janus.plugin.streaming", apisecret: "s3cret" }
      assert.strictEqual((await raw.request(good)).janus, "success")
      await raw.close()
    }
  },
  {
    name: "without lock_rtp_forward no admin key is asked for",
    options: () => ({ lockRtpForward: false }),
    check: async ({ url }) => {
      const client = await open(url)
      await client.videoroom({ request: "create", room: 1, ...ROOM_KEY })
      const answer = await client.videoroom({ request: "rtp_forward", room: 1, publisher_id: 7, host: "127.0.0.1" })
      assert.deepStrictEqual([answer.error_code, answer.error], [428, "No such feed (7)"])
      await client.raw.close()
    }
  },
  {
    name: "after a crash only what is permanent is there again, as it was saved",
    options: (first) => ({ streamingPorts: [first, first + 9] }),
    check: async (server) => {
      const first = await open(server.url)
      const make = (id: number, fields: Record<string, unknown>) =>
        first.streaming({ request: "create", type: "rtp", id, ...KEY, media: [audio], ...fields })
      await make(1, {})
      const kept = await make(2, { permanent: true, secret: "s", metadata: "m", is_private: true })
      await make(3, { permanent: true })
      await make(4, { permanent: true })
      assert.strictEqual(kept.permanent, true)
      await first.streaming({ request: "destroy", id: 3 })
      await first.streaming({ request: "destroy", id: 4, permanent: true })
      await first.streaming({ request: "edit", id: 2, secret: "s", new_metadata: "n" })
      await first.videoroom({ request: "create", room: 1, ...ROOM_KEY })
      await first.videoroom({ request: "create", room: 2, permanent: true, description: "kept", ...ROOM_KEY })
      await server.restart()
      const second = await open(server.url)
      const { list } = await second.streaming({ request: "list", ...KEY })
      assert.deepStrictEqual(list.map(({ id }: Answer) => id).toSorted(), [2, 3])
      const { info } = await second.streaming({ request: "info", id: 2, secret: "s" })
      assert.deepStrictEqual([info.metadata, info.secret, info.media[0].port], ["m", "s", kept.stream.ports[0].port])
      const rooms = await second.videoroom({ request: "list", ...ROOM_KEY })
      assert.deepStrictEqual(rooms.list.map(({ room, description }: Answer) => [room, description]), [[2, "kept"]])
      await second.raw.close()
    }
  },
  {
    name: "a frozen server accepts connections, answers nothing, and executes what has waited",
    options: () => ({}),
    check: async (server) => {
      const client = await open(server.url)
      server.freeze()
      let answered = false
      const late = client.streaming({ request: "create", type: "rtp", id: 1, ...KEY, media: [audio] })
        .then((answer) => {
          answered = true
          return answer
        })
      const newcomer = RawJanus.connect(server.url)
      await new Promise((resolve) => setTimeout(resolve, 300))
      assert.isFalse(answered)
      server.thaw()
      assert.strictEqual((await late).streaming, "created")
      const raw = await newcomer
      assert.strictEqual((await raw.request({ janus: "ping" })).janus, "pong")
      await raw.close()
      await client.raw.close()
    }
  },
  {
    name: "only the janus-protocol sub-protocol is spoken",
    options: () => ({}),
    check: async ({ url }) => {
      for (const protocol of ["", "something-else"]) {
        const outcome = await RawJanus.connect(url, protocol).then(() => "open", () => "refused")
        assert.strictEqual(outcome, "refused")
      }
    }
  }
]
