// The contract of encoders, on the fake OBS server.
import * as EncodersTest from "@headend/testing/EncodersTest"
import * as FakeBench from "./support/fakeBench.ts"

EncodersTest.suite("ObsEncoders on the fake server", FakeBench.layer)
