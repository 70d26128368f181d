/**
 * The codes of what fails on a hop, each with what it means and what to do. `Code` has them together with the others.
 */
import type { Described } from "../Code.ts"
import type { Fault, HopName } from "../Failure.ts"

/** A code by whose fault it is; the words are Markdown, and without a remedy there is nothing to be done. */
const by = (fault: Fault) => (hops: ReadonlyArray<HopName>, means: string, remedy = ""): Described => ({
  fault,
  hops,
  means,
  remedy
})
export const caller = by("caller")
export const world = by("world")
export const outage = by("outage")
export const absent = by("absent")
export const done = by("done")
export const owner = by("owner")

/** On no hop in particular. */
export const nowhere: ReadonlyArray<HopName> = []
/** An RTMP server's stream, or any other source and the process itself. */
export const relaying: ReadonlyArray<HopName> = ["relay", "ingest"]

/** Janus cannot take it, now or later. */
const unfit = (hop: HopName) =>
  caller(
    [hop],
    "Janus cannot take it as it is: a field or value that it does not know, or a string id where it runs with integer ids.",
    "The message has Janus' words: mend the specification"
  )

export const janus = {
  room_missing: absent(["publisher"], "There is no such room.", "Make it, or set `ifMissing` to `create`"),
  room_taken: caller(
    ["publisher"],
    "The id is somebody else's room.",
    "Choose another, or use that room"
  ),
  room_refused: world(
    ["publisher"],
    "Janus would not let us make or join it: full, or something that it does not explain.",
    "The message has Janus' words"
  ),
  room_invalid: unfit("publisher"),
  publisher_absent: caller(
    ["publisher"],
    "Nobody published within `waitForPublisher`.",
    "Start it when somebody publishes"
  ),
  forward_failed: world(
    ["forwarder"],
    "Not every track could be forwarded: the publisher left, does not send yet, or has no such track.",
    "The message has Janus' words"
  ),
  mountpoint_missing: absent(
    ["mountpoint"],
    "There is no such mountpoint to adopt.",
    "Make it, or let headend create one"
  ),
  mountpoint_taken: caller(["mountpoint"], "The id is somebody else's.", "Choose another id, or adopt what is there"),
  mountpoint_refused: world(
    ["mountpoint"],
    "Janus would not make it: no port left in its `rtp_port_range`, a port in use, an interface that it does "
      + "not have.",
    "The message has Janus' words"
  ),
  mountpoint_invalid: unfit("mountpoint"),
  mountpoint_unreadable: caller(["mountpoint"], "An adopted one hides its ports.", "Name its secret, or its ports"),
  mountpoint_moved: outage(["mountpoint"], "It was put back on other ports than before; who sends there is told."),
  unauthorized: caller(
    ["janus"],
    "Janus understood and refuses a key, secret, pin or token. No retry mends that.",
    "Compare the `admin_key` of both plugins with headend's settings, and the secret or pin of what is named"
  ),
  server_unavailable: outage(
    ["janus", "encoder", "ingest"],
    "A server gives no sensible answer: out of reach, frozen, or talking nonsense.",
    "See that it runs, and that this machine reaches it"
  )
}

export const sources = {
  source_absent: outage(relaying, "The server answers, and nobody publishes there yet."),
  source_unreachable: world(
    relaying,
    "No connection: refused, no route, no such host, or no answer in time.",
    "See that the source runs, and that the worker's machine reaches it"
  ),
  source_denied: world(
    relaying,
    "The server lets nobody play that: an unknown application, or its hook said no. It may think better of "
      + "it.",
    "Look into the server's configuration"
  ),
  source_unauthorized: caller(
    relaying,
    "Another user or password is wanted (401, 403). No retry mends that.",
    "Mend the specification"
  ),
  source_not_found: absent(relaying, "There is no such address or file (404).", "Mend the specification"),
  source_unsuitable: caller(
    relaying,
    "It carries nothing that the mountpoint takes, or is no media at all. Tried again once it has been on air.",
    "Compare its codecs and tracks with those of the mountpoint"
  ),
  source_ended: world(relaying, "Media came, and then the source ended."),
  source_frozen: world(relaying, "The connection stands, and no media comes: not in time, or no more."),
  input_refused: caller(
    relaying,
    "The operator's settings do not allow this address, file or pipeline.",
    "`HEADEND_INPUT_ALLOW`, `HEADEND_INPUT_DENY`, `HEADEND_INPUT_FOLDER`, `HEADEND_ALLOW_CUSTOM_PIPELINES`"
  ),
  relay_misconfigured: caller(
    relaying,
    "The program refuses its arguments: an unknown encoder, filter or option, a pipeline, or a codec that RTP "
      + "cannot carry here.",
    "The message has the last words of the program, the log of the broadcast has more"
  ),
  relay_killed: world(
    relaying,
    "Somebody or something else ended the process by a signal.",
    "Look for the kernel's out-of-memory killer"
  ),
  relay_failed: world(
    relaying,
    "The process ended with an error that says nothing better.",
    "The message has the last words of the program, the log of the broadcast has more"
  ),
  relay_too_greedy: world(
    relaying,
    "It used more memory or processor time than it may.",
    "`HEADEND_RELAY_CPU_PERCENT`, `HEADEND_RELAY_MEMORY_MB`, `relay.limits`; or ask less of it"
  )
}

export const encoders = {
  encoder_unreachable: outage(
    ["encoder"],
    "OBS cannot be reached, does not answer, or hangs up. What it does goes on.",
    "Is it running, is its websocket on, does the firewall pass it?"
  ),
  encoder_unauthorized: caller(
    ["encoder"],
    "OBS wants another password, or wants one. No retry mends that.",
    "It stands in OBS under Tools, WebSocket Server Settings"
  ),
  encoder_incompatible: caller(
    ["encoder"],
    "OBS is too old or too new: it speaks another protocol, or lacks what we ask for.",
    "Use an OBS with obs-websocket 5, 28 or later"
  ),
  encoder_busy: caller(["encoder"], "Another broadcast drives this OBS: one at a time.", "Stop that one first"),
  encoder_streaming: caller(
    ["encoder"],
    "OBS streams already, and `takeOver` is not set; or somebody pointed it elsewhere.",
    "Stop its stream, or set `takeOver`"
  ),
  encoder_kicked: caller(
    ["encoder"],
    "Somebody at OBS has ended our session, which is their right: we do not come back for this run."
  ),
  encoder_stopped: world(["encoder"], "OBS streamed, and has stopped: by hand, or since it gave up."),
  encoder_refused: world(
    ["encoder"],
    "OBS understands a request and refuses it.",
    "The message has the request and OBS' words"
  ),
  ingest_denied: world(
    ["ingest"],
    "OBS could not publish, though somebody listens at the RTMP server. OBS does not say why.",
    "Compare application and stream key with the server's, and look into its hooks"
  ),
  ingest_unreachable: world(
    ["ingest"],
    "OBS could not publish: nobody listens at the RTMP server.",
    "The server must be reachable from OBS under the address of the specification"
  ),
  ingest_unanswered: outage(
    ["ingest"],
    "The RTMP server accepts OBS' connection and says nothing. The start cannot be taken back, and no other "
      + "one sent.",
    "It goes on when the server answers or hangs up, or OBS is restarted"
  )
}
