// The asynchronous requests of the VideoRoom plugin, and its subscribers. The answer is an event.
import type { Handle, Room, Subscriber } from "./model.ts"
import { describe } from "./sdp.ts"
import type { Gateway, State } from "./State.ts"
import { accessRoom, byIdType } from "./videoroomAccess.ts"
import { joinPublisher, memberRequest } from "./videoroomMembers.ts"
import * as table from "./videoroomTables.ts"
import { type Answer, check, compact, type Fields, type Id, isFields, isRefusal, text } from "./wire.ts"

const { codes } = table

const LATER = new Set([
  "join",
  "joinandconfigure",
  "update",
  "configure",
  "publish",
  "unpublish",
  "start",
  "pause",
  "switch",
  "subscribe",
  "unsubscribe",
  "leave"
])
export const isVideoroomLater = (request: string): boolean => LATER.has(request)

const subscribedStreams = (subscriber: Subscriber): ReadonlyArray<Fields> =>
  subscriber.streams.map(({ feed, stream }, mindex) =>
    compact({
      type: stream.type,
      active: true,
      mindex,
      mid: `${mindex}`,
      ready: false,
      send: true,
      feed_id: feed.id,
      feed_display: feed.display,
      feed_mid: stream.mid,
      feed_description: stream.description,
      codec: stream.codec
    })
  )

const joinSubscriber = (state: State, gateway: Gateway, handle: Handle, room: Room, body: Fields): Answer => {
  const wrong = check(body, table.subscribable, codes)
  if (wrong) return wrong
  const given = Array.isArray(body.streams) && body.streams.length > 0 ? body.streams : undefined
  const feedWrong = given ? undefined : check(body, byIdType(state, table.feedId), codes)
  if (feedWrong) return feedWrong
  const wanted: ReadonlyArray<unknown> = given ?? [{ feed: body.feed }]
  const streams: Array<Subscriber["streams"][number]> = []
  for (const one of wanted) {
    const bad = check(one, table.subscribedStream, codes) ?? check(one, byIdType(state, table.feedId), codes)
    if (bad) return bad
    const { feed: feedId, mid } = isFields(one) ? one : {}
    const feed = room.participants.get(feedId as Id)
    if (!feed?.published) return { code: 428, error: `No such feed (${feedId})` }
    const found = feed.streams.filter((stream) => mid === undefined || stream.mid === mid)
    if (found.length === 0) return { code: 428, error: `No such mid '${mid}' in feed (${feed.id})` }
    streams.push(...found.map((stream) => ({ feed, stream })))
  }
  if (streams.length === 0) return { code: 437, error: "Can't offer an SDP with no stream" }
  const subscriber: Subscriber = { roomId: room.id, streams, paused: false }
  handle.subscriber = subscriber
  gateway.negotiate(handle, "offered", "0")
  return {
    data: compact({
      videoroom: "attached",
      room: room.id,
      id: given ? undefined : body.feed,
      display: given ? undefined : streams[0]?.feed.display,
      warning: given ? undefined : "deprecated_api",
      streams: subscribedStreams(subscriber)
    }),
    jsep: {
      type: "offer",
      sdp: describe(
        `VideoRoom ${room.id}`,
        streams.map(({ stream }, mindex) => ({
          type: stream.type,
          mid: `${mindex}`,
          codec: stream.codec,
          pt: undefined,
          fmtp: undefined,
          direction: "sendonly"
        })),
        { address: state.settings.address, setup: "actpass", candidates: state.candidates() }
      )
    }
  }
}

const subscriberRequest = (
  gateway: Gateway,
  handle: Handle,
  subscriber: Subscriber,
  request: string,
  jsep: Fields | undefined
): Answer => {
  const event = (fields: Fields): Answer => ({ data: { videoroom: "event", room: subscriber.roomId, ...fields } })
  switch (request) {
    case "join":
      return { code: 425, error: "Already in as a subscriber on this handle" }
    case "start":
      subscriber.paused = false
      if (jsep?.type === "answer") gateway.negotiate(handle, "negotiated", "0")
      return event({ started: "ok" })
    case "pause":
      subscriber.paused = true
      return event({ paused: "ok" })
    case "configure":
      return event({ configured: "ok" })
    case "leave":
      gateway.closePc(handle, "Close PC")
      return event({ left: "ok" })
    default:
      return { code: 423, error: `Unknown request '${request}'` }
  }
}

/** Answers an asynchronous request. */
export const videoroomLater = (
  state: State,
  gateway: Gateway,
  handle: Handle,
  request: string,
  body: Fields,
  jsep: Fields | undefined
): Answer => {
  if (handle.participant) return memberRequest(state, gateway, handle, handle.participant, request, body, jsep)
  if (handle.subscriber) return subscriberRequest(gateway, handle, handle.subscriber, request, jsep)
  if (request !== "join" && request !== "joinandconfigure") {
    return { code: 424, error: "Invalid request on unconfigured participant" }
  }
  const wrong = check(body, byIdType(state, table.roomId), codes) ?? check(body, table.joinable, codes)
  if (wrong) return wrong
  const room = accessRoom(state, body, "join")
  if (isRefusal(room)) return room
  switch (text(body.ptype)?.toLowerCase()) {
    case "publisher":
      return joinPublisher(state, gateway, handle, room, body, jsep)
    case "subscriber":
      return joinSubscriber(state, gateway, handle, room, body)
    default:
      return { code: 430, error: "Invalid element (ptype)" }
  }
}
