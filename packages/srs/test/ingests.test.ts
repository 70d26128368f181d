// The contract of ingests, on a fake SRS over real sockets. No real SRS runs here.
import * as IngestsTest from "@headend/testing/IngestsTest"
import { layer } from "./support/bench.ts"

IngestsTest.suite("SrsIngests", layer)
