import { assert, describe, it } from "@effect/vitest"
import type { RelayFailureTag } from "@headend/core/RelayFailure"
import { type Circumstances, classify } from "@headend/relay/Classify"
import type { Verdict } from "@headend/relay/Supervisor"

type Case = readonly [
  what: string,
  verdict: Verdict | number,
  seen: Partial<Circumstances>,
  tag: RelayFailureTag,
  hop: "ingest" | "relay"
]

const url = "rtmp://127.0.0.1/live/***"
const io = [`${url}: Input/output error`]
const on = { hadMedia: true } as const
const rtsp = { input: "rtsp" } as const

/** What the programs were heard to say, and the codes that they ended with. */
const table: ReadonlyArray<Case> = [
  ["the source ended or froze, and the code says nothing of it", 0, { ...on, lines: io }, "SourceEnded", "ingest"],
  ["the same with an error's code", 1, { ...on, lines: io }, "SourceEnded", "ingest"],
  [
    "I/O error at once: refused by a hook, or an unknown application",
    1,
    { lasted: 700, lines: io },
    "SourceDenied",
    "ingest"
  ],
  ["I/O error after the timeout: nobody publishes", 1, { lasted: 5_900, lines: io }, "SourceAbsent", "ingest"],
  ["killed by somebody", { how: "ended", code: null, signal: "SIGKILL" }, on, "RelayKilled", "relay"],
  [
    "a camera that timed out",
    0,
    { ...rtsp, ...on, lines: ["rtsp://c/1: Connection timed out"] },
    "SourceFrozen",
    "relay"
  ],
  ["a camera that was killed", 0, { ...rtsp, ...on }, "SourceEnded", "relay"],
  ["an unknown encoder", 1, { lines: ["Unknown encoder 'x'"] }, "RelayMisconfigured", "relay"],
  ["an unknown option", 1, { lines: ["Option stimeout not found."] }, "RelayMisconfigured", "relay"],
  [
    "a protocol that is not allowed",
    1,
    { lines: ["Protocol 'file' not on whitelist 'rtmp,tcp'!"] },
    "RelayMisconfigured",
    "relay"
  ],
  [
    "no silence is longer than this",
    { how: "silent", millis: 4_000, what: "media" },
    on,
    "SourceFrozen",
    "ingest"
  ],
  ["nothing ever came", { how: "noMedia", millis: 15_000 }, rtsp, "SourceFrozen", "relay"],
  ["too much memory", { how: "greedy", what: "9 MB" }, on, "RelayTooGreedy", "relay"],
  [
    "GStreamer: refused",
    255,
    { lines: ["ERROR: from element x: Could not connect to RTMP stream"] },
    "SourceUnreachable",
    "ingest"
  ],
  [
    "GStreamer: absent",
    1,
    { lines: ["play denied; stream not found: { \"code\": \"NetStream.Play.StreamNotFound\" }"] },
    "SourceAbsent",
    "ingest"
  ],
  ["GStreamer: denied", 1, { lines: ["'play' cmd failed: connection closed remotely"] }, "SourceDenied", "ingest"],
  [
    "GStreamer: nobody publishes",
    1,
    { lines: ["ERROR: from element watchdog0: Watchdog triggered"] },
    "SourceAbsent",
    "ingest"
  ],
  [
    "GStreamer: frozen",
    1,
    { ...on, lines: ["ERROR: from element watchdog0: Watchdog triggered"] },
    "SourceFrozen",
    "ingest"
  ],
  ["GStreamer: ended", 0, { ...on, lines: ["Got EOS from element \"pipeline0\"."] }, "SourceEnded", "ingest"],
  [
    "GStreamer: another password",
    1,
    { ...rtsp, lines: ["ERROR: from element s: Unauthorized"] },
    "SourceUnauthorized",
    "relay"
  ],
  ["GStreamer: no such path", 1, { ...rtsp, lines: ["ERROR: from element s: Not found"] }, "SourceNotFound", "relay"],
  [
    "GStreamer: a camera over UDP was killed",
    1,
    { ...rtsp, ...on, lines: ["ERROR: from element s: Could not open resource for reading and writing."] },
    "SourceEnded",
    "relay"
  ],
  [
    "GStreamer: no such element",
    1,
    { lines: ["WARNING: erroneous pipeline: no element \"x\""] },
    "RelayMisconfigured",
    "relay"
  ],
  [
    "an MP4 whose index is not reached: FFmpeg ends with 0, and with an error of the address",
    0,
    {
      input: "pull",
      lines: [
        "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55c2789a6580] [error] stream 1, offset 0x30: partial file",
        "[http @ 0x55c2789a7440] [error] Stream ends prematurely at 48, should be 2231767",
        "[error] http://127.0.0.1:36071/slow.mp4: Input/output error"
      ]
    },
    "SourceUnsuitable",
    "relay"
  ],
  ["a file at its end", 0, { input: "pull", isFile: true, ...on }, "SourceFinished", "relay"],
  [
    "a host of ours that has no address",
    1,
    { lines: ["getaddrinfo(nobody, 9): Name or service not known"] },
    "RelayFailed",
    "relay"
  ],
  ["an error that says nothing better", 1, { ...rtsp, lines: ["Conversion failed!"] }, "RelayFailed", "relay"]
]

describe("how a relay ended", () => {
  it.each(table)("%s", (_, verdict, seen, tag, hop) => {
    const how: Verdict = typeof verdict === "number" ? { how: "ended", code: verdict, signal: null } : verdict
    const all = { input: "rtmp" as const, isFile: false, hadMedia: false, lasted: 1_000, lines: [], ...seen }
    const { _tag, failure } = classify(how, all)
    assert.deepStrictEqual([_tag, failure.hop], [tag, hop])
  })

  it("the reason is the last line that says something", () => {
    const lines = [
      "[error] Could not write header for output file #1 (incorrect codec parameters ?): Invalid argument",
      "[error] Error initializing output stream 1:0 -- ",
      "[error] "
    ]
    const how: Verdict = { how: "ended", code: 1, signal: null }
    const { reason } = classify(how, { input: "rtsp", isFile: false, hadMedia: false, lasted: 5_000, lines })
    assert.match(reason, /^exit 1: .*Could not write header for output file #1/)
  })

  it("tells the line without FFmpeg's own prefixes, which differ from run to run", () => {
    const lines = ["[rtmp @ 0x55eae4aa2400] [error] Server error: No such stream"]
    const { message } = classify(
      { how: "ended", code: 1, signal: null },
      { input: "rtmp", isFile: false, hadMedia: false, lasted: 100, lines }
    )
    assert.strictEqual(message, "nobody publishes yet: Server error: No such stream")
  })
})
