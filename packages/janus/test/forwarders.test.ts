// The contract of Forwarders, on the fake Janus.
import * as ForwardersTest from "@headend/testing/ForwardersTest"
import * as FakeBench from "./support/fakeBench.ts"

ForwardersTest.suite("JanusForwarders on the fake Janus", FakeBench.layer)
