import { assert, describe, it } from "@effect/vitest"
import { judge, type Profile } from "../src/internal/suitability.ts"

const profile = (more: Partial<Profile> = {}): Profile => ({
  mode: "Simple",
  encoder: "x264",
  preset: "veryfast",
  options: "keyint=60 bframes=0",
  fps: 30,
  ...more
})

describe("OBS' output settings", () => {
  it("suit browsers without B-frames and with a keyframe at least every two seconds", () => {
    assert.deepStrictEqual(judge(profile()), [])
    assert.deepStrictEqual(judge(profile({ options: "keyint=60 tune=zerolatency" })), [])
    assert.deepStrictEqual(judge(profile({ options: "keyint=60", preset: "ultrafast" })), [])
  })

  it("are warned of otherwise, with what to set", () => {
    const [frames, keyframes] = judge(profile({ options: "" }))
    assert.match(frames ?? "", /B-frames: 3.*bframes=0/)
    assert.match(keyframes ?? "", /every 8\.3 s.*keyint=60/)
    assert.match(judge(profile({ options: "keyint=60 bframes=2 tune=zerolatency" }))[0] ?? "", /B-frames: 2/)
    assert.match(judge(profile({ options: "keyint=180 bframes=0", fps: 60 }))[0] ?? "", /every 3 s.*keyint=120/)
  })

  it("that cannot be read are said to be so", () => {
    assert.match(judge(profile({ mode: "Advanced" }))[0] ?? "", /cannot be read/)
    assert.match(judge(profile({ encoder: "nvenc" }))[0] ?? "", /nvenc.*cannot be read/)
  })
})
