// The contract of encoders, on a real OBS that publishes to a real RTMP server.
import { requires } from "@headend/integration/Requires"
import * as EncodersTest from "@headend/testing/EncodersTest"
import * as RealBench from "./support/realBench.ts"

requires("obs", "nginx-rtmp")("a real OBS", () => {
  EncodersTest.suite("ObsEncoders", RealBench.layer)
})
