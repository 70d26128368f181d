// A WHIP or WHEP resource: its address, PATCH of candidates (RFC 9725 §4.3.2), DELETE.
import { localSdp } from "./peer.ts"
import { expectStatus, Refused } from "./refused.ts"

export interface Resource {
  readonly url: string
  readonly token: string | undefined
  readonly etag: string | null
}

let current: Resource | undefined

export const authorized = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

/** Keeps what the 201 says of the new resource. */
export const openResource = (posted: string, answer: Response, token: string | undefined): Resource => {
  const location = answer.headers.get("location")
  if (location === null) throw new Refused(answer.status, "no Location, or one that is not exposed to this origin")
  current = { url: new URL(location, posted).href, token, etag: answer.headers.get("etag") }
  return current
}

/** DELETE of the resource; the status of the answer. */
export const deleteResource = async (): Promise<number> => {
  if (current === undefined) return 0
  const answer = await fetch(current.url, { method: "DELETE", headers: authorized(current.token) })
  return answer.status
}

const fragment = (peer: RTCPeerConnection, candidates: ReadonlyArray<RTCIceCandidate | null>): string => {
  const sdp = localSdp(peer)
  const line = (name: string) => sdp.split("\r\n").find((line) => line.startsWith(`a=${name}:`)) ?? ""
  const first = sdp.split("\r\n").find((line) => line.startsWith("m=")) ?? ""
  const known = candidates.filter((candidate) => candidate !== null)
  return [
    line("ice-ufrag"),
    line("ice-pwd"),
    first,
    line("mid"),
    ...known.map((candidate) => `a=${candidate.candidate}`),
    ...(known.length < candidates.length ? ["a=end-of-candidates"] : []),
    ""
  ].join("\r\n")
}

/** Collects candidates from now on; the function it gives sends them to the resource, and every later one, too. */
export const trickleTo = (peer: RTCPeerConnection): (resource: Resource) => Promise<void> => {
  const early: Array<RTCIceCandidate | null> = []
  let resource: Resource | undefined
  const flush = async () => {
    if (resource === undefined || early.length === 0) return
    const body = fragment(peer, early.splice(0))
    const headers = {
      "content-type": "application/trickle-ice-sdpfrag",
      ...(resource.etag === null ? {} : { "if-match": resource.etag }),
      ...authorized(resource.token)
    }
    await expectStatus(await fetch(resource.url, { method: "PATCH", headers, body }), 204, 200)
  }
  peer.addEventListener("icecandidate", ({ candidate }) => {
    early.push(candidate)
    void flush()
  })
  return (opened) => {
    resource = opened
    return flush()
  }
}
