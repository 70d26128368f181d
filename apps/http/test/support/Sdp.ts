/** What a browser offers to send, or answers to receive: Opus and H.264. */
const description = (
  direction: "sendonly" | "recvonly",
  setup: "actpass" | "active",
  mids: readonly [string, string]
) =>
  [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mids.join(" ")}`,
    ...[
      ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2"],
      ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=1"]
    ].flatMap(([line, ...codec], i) => [
      line,
      "c=IN IP4 0.0.0.0",
      "a=ice-ufrag:abcd",
      "a=ice-pwd:abcdefghijklmnopqrstuvwx",
      `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
      `a=setup:${setup}`,
      `a=mid:${mids[i]}`,
      `a=${direction}`,
      "a=rtcp-mux",
      ...codec
    ])
  ].join("\r\n") + "\r\n"

export const offerToSend = description("sendonly", "actpass", ["0", "1"])
export const offerToReceive = description("recvonly", "actpass", ["0", "1"])

/** The answer to an offer of Janus, which has chosen the mids. */
export const answerTo = (offer: string): string => {
  const [audio = "0", video = "1"] = [...offer.matchAll(/^a=mid:(\S+)/gm)].map(([, mid]) => mid!)
  return description("recvonly", "active", [audio, video])
}

export const fragment = [
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuvwx",
  "m=audio 9 UDP/TLS/RTP/SAVPF 0",
  "a=mid:0",
  "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host",
  "a=end-of-candidates",
  ""
].join("\r\n")
