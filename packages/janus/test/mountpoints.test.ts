// The contract of Mountpoints, on the fake Janus.
import * as MountpointsTest from "@headend/testing/MountpointsTest"
import * as FakeBench from "./support/fakeBench.ts"

MountpointsTest.suite("JanusMountpoints on the fake Janus", FakeBench.layer)
