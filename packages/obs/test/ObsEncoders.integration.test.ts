// The contract of encoders on a real OBS that publishes to a real RTMP server, and what that OBS does on the wire.
import * as RealObs from "@headend/integration/RealObs"
import { requires } from "@headend/integration/Requires"
import * as EncodersTest from "@headend/testing/EncodersTest"
import { Layer } from "effect"
import * as Protocol from "./support/protocol.ts"
import * as RealBench from "./support/realBench.ts"

requires("obs", "nginx-rtmp")("a real OBS", () => {
  EncodersTest.suite("ObsEncoders", RealBench.layer)
  Protocol.suite("obs-websocket", Layer.effect(Protocol.Server, RealObs.make()))
})
