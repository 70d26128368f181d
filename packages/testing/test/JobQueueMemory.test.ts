import * as JobQueue from "@headend/core/JobQueue"
import * as JobQueueTest from "@headend/testing/JobQueueTest"
import { Duration } from "effect"

JobQueueTest.suite("the job queue in memory", JobQueue.layerMemory, JobQueueTest.virtual(Duration.seconds(60)))
