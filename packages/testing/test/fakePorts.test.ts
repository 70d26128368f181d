// The contracts of the ports, on the fakes of the world.
import * as EncodersTest from "@headend/testing/EncodersTest"
import * as ForwardersTest from "@headend/testing/ForwardersTest"
import * as IngestsTest from "@headend/testing/IngestsTest"
import * as MountpointsTest from "@headend/testing/MountpointsTest"
import * as RoomsTest from "@headend/testing/RoomsTest"
import * as WorldBench from "@headend/testing/WorldBench"
import * as EncoderBench from "./support/encoderBench.ts"
import * as IngestBench from "./support/ingestBench.ts"

MountpointsTest.suite("FakeMountpoints", WorldBench.layer)
RoomsTest.suite("FakeRooms", WorldBench.layer)
ForwardersTest.suite("FakeForwarders", WorldBench.layer)
EncodersTest.suite("FakeEncoders", EncoderBench.layer)
IngestsTest.suite("FakeIngests", IngestBench.layer)
