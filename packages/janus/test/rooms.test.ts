// The contract of Rooms, on the fake Janus.
import * as RoomsTest from "@headend/testing/RoomsTest"
import * as FakeBench from "./support/fakeBench.ts"

RoomsTest.suite("JanusRooms on the fake Janus", FakeBench.layer)
