import { assert, describe, it } from "@effect/vitest"
import { configuration, learn, parse } from "../../web/media/ice.ts"

const stun = "<stun:stun.example:3478>; rel=\"ice-server\""
const turn =
  "<turn:turn.example:3478?transport=udp>; rel=\"ice-server\"; username=\"a, <b>\"; credential=\"say \\\"x\\\"\"" +
  "; credential-type=\"password\""

describe("the ICE servers that an answer names", () => {
  it("are read with their quoted names and passwords; other links are none", () => {
    assert.deepStrictEqual(parse(`${stun}, </docs>; rel="help", ${turn}`), [
      { urls: "stun:stun.example:3478" },
      { urls: "turn:turn.example:3478?transport=udp", username: "a, <b>", credential: "say \"x\"" }
    ])
    assert.deepStrictEqual(parse("<https://turn.example>; rel=\"ice-server\""), [])
  })

  it("are learned once, and used from then on", () => {
    assert.isFalse(learn(undefined))
    assert.isTrue(learn(stun))
    assert.isFalse(learn(stun))
    assert.isFalse(learn("</docs>; rel=\"help\""))
    assert.deepStrictEqual(configuration(), { iceServers: [{ urls: "stun:stun.example:3478" }] })
  })
})
