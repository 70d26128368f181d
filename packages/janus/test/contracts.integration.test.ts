// The contracts of the three ports, on the real Janus with a real Chromium.
import { requires } from "@headend/integration/Requires"
import * as ForwardersTest from "@headend/testing/ForwardersTest"
import * as MountpointsTest from "@headend/testing/MountpointsTest"
import * as RoomsTest from "@headend/testing/RoomsTest"
import * as RealBench from "./support/realBench.ts"

requires("janus", "chromium", "network")("on the real Janus", () => {
  MountpointsTest.suite("JanusMountpoints", RealBench.layer)
  RoomsTest.suite("JanusRooms", RealBench.layer)
  ForwardersTest.suite("JanusForwarders", RealBench.layer)
})
