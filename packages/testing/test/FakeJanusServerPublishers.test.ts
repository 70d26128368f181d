// Publishers without a browser, viewers of other versions, and tokens.
import { assert, describe, it } from "@effect/vitest"
import { FakeJanusServer } from "@headend/testing/FakeJanusServer"
import { type Client, mountpoint, ROOM_KEY, withClient } from "./support/fakeClient.ts"
import { type Answer, RawJanus } from "./support/RawJanus.ts"
import { OFFER } from "./support/scenarioParts.ts"

describe("publishers without a browser", () => {
  const forward = (publisher_id: unknown, ports: ReadonlyArray<number>) => ({
    request: "rtp_forward",
    room: 7,
    publisher_id,
    host: "127.0.0.1",
    ...ROOM_KEY,
    streams: ports.map((port, mid) => ({ mid: `${mid}`, port }))
  })

  it("media flows from the publisher through the forwarder into the mountpoint, until the publisher leaves", async () => {
    let now = 1000
    await withClient({ now: () => now }, async ({ server, streaming, videoroom }) => {
      const { stream } = await streaming({ ...mountpoint(1), secret: undefined })
      await videoroom({ request: "create", room: 7, ...ROOM_KEY })
      const publisher = server.publish(7, { id: 5, display: "cam" })
      const ages = async (): Promise<ReadonlyArray<number>> =>
        (await streaming({ request: "info", id: 1 })).info.media.map((line: Answer) => line.age_ms)
      now += 5000
      assert.deepStrictEqual(await ages(), [5000, 5000])
      const { forwarders } = await videoroom(forward(5, [stream.ports[0].port, stream.ports[1].port]))
      assert.lengthOf(forwarders, 2)
      assert.isTrue((await ages()).every((age) => age < 20))
      publisher.stall()
      now += 700
      assert.deepStrictEqual(await ages(), [700, 700])
      publisher.resume()
      assert.isTrue((await ages()).every((age) => age < 20))
      publisher.leave()
      now += 900
      assert.deepStrictEqual([await ages(), server.forwarders], [[900, 900], []])
    })
  })

  it("others are told when it publishes, stops and leaves; forwarders end with the publishing", () =>
    withClient({}, async ({ server, raw, session, handle, videoroom }) => {
      await videoroom({ request: "create", room: 7, ...ROOM_KEY })
      const watcher = await handle()
      await raw.message(session, watcher, { request: "join", room: 7, ptype: "publisher" })
      const heard = (key: string) => raw.event((event) => event.plugindata?.data[key] !== undefined)
      const publisher = server.publish(7, { id: 5, streams: [{ type: "video", mid: "cam", codec: "h264" }] })
      const [told] = (await heard("publishers")).plugindata.data.publishers
      assert.deepStrictEqual(told, {
        id: 5,
        video_codec: "h264",
        streams: [{ type: "video", mindex: 0, mid: "cam", codec: "h264" }]
      })
      await videoroom({ ...forward(5, []), streams: [{ mid: "cam", port: 5000 }] })
      assert.lengthOf(server.forwarders, 1)
      assert.isTrue(publisher.unpublish())
      assert.strictEqual((await heard("unpublished")).plugindata.data.unpublished, 5)
      assert.lengthOf(server.forwarders, 0)
      assert.isTrue(server.leave(7, 5))
      assert.strictEqual((await heard("leaving")).plugindata.data.leaving, 5)
      assert.isFalse(server.leave(7, 5))
    }))

  it("a client's offer becomes a publisher once it is connected, and a full room refuses the next", () =>
    withClient({}, async ({ raw, session, handle, videoroom }) => {
      await videoroom({ request: "create", room: 7, publishers: 1, ...ROOM_KEY })
      const [first, second] = [await handle(), await handle()]
      const join = { request: "joinandconfigure", room: 7, ptype: "publisher" }
      const answer = await raw.message(session, first, { ...join, id: 1 }, { type: "offer", sdp: OFFER })
      assert.strictEqual(answer.jsep.type, "answer")
      await raw.event((event) => event.janus === "webrtcup" && event.sender === first)
      const { participants } = await videoroom({ request: "listparticipants", room: 7 })
      assert.deepStrictEqual(participants, [{ id: 1, publisher: true }])
      const full = await raw.message(session, second, { ...join, id: 2 }, { type: "offer", sdp: OFFER })
      assert.strictEqual(full.plugindata.data.error, "Maximum number of publishers (1) already reached")
      const subscribed = await raw.message(session, await handle(), {
        request: "join",
        room: 7,
        ptype: "subscriber",
        feed: 1
      })
      assert.deepStrictEqual([subscribed.plugindata.data.videoroom, subscribed.jsep.type], ["attached", "offer"])
    }))
})

describe("versions and tokens", () => {
  const watch = async ({ raw, session, handle, streaming }: Client) => {
    await streaming(mountpoint(1))
    const viewer = await handle("streaming")
    const sdp = OFFER.replaceAll("sendonly", "recvonly")
    return raw.message(session, viewer, { request: "watch", id: 1 }, { type: "offer", sdp })
  }

  it("1.1.2 ignores a viewer's offer and makes its own", () =>
    withClient({}, async (client) => assert.strictEqual((await watch(client)).jsep.type, "offer")))

  it("1.4.1 answers a viewer's offer with the payload types of the viewer, and the viewer is connected", () =>
    withClient({ version: 1401 }, async (client) => {
      const { jsep } = await watch(client)
      assert.strictEqual(jsep.type, "answer")
      assert.include(jsep.sdp, "a=rtpmap:96 VP8/90000")
      assert.strictEqual((jsep.sdp.match(/a=sendonly/g) ?? []).length, 2)
      await client.raw.event((event) => event.plugindata?.data.result?.status === "started")
    }))

  it("a token opens only its plugins", () =>
    withClient({}, async () => {
      const server = await FakeJanusServer.start({ tokens: { tok: ["janus.plugin.streaming"] } })
      const raw = await RawJanus.connect(server.url)
      assert.strictEqual((await raw.request({ janus: "create" })).error.code, 403)
      const { data } = await raw.request({ janus: "create", token: "tok" })
      const attach = (plugin: string) => raw.request({ janus: "attach", session_id: data.id, plugin, token: "tok" })
      assert.strictEqual((await attach("janus.plugin.streaming")).janus, "success")
      assert.deepStrictEqual((await attach("janus.plugin.videoroom")).error, {
        code: 405,
        reason: "Provided token can't access plugin 'janus.plugin.videoroom'"
      })
      await server.close()
    }))
})
