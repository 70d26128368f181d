import { layerMemory } from "@headend/core/BroadcastRegistry"
import { suite } from "@headend/testing/BroadcastRegistryTest"
import * as FakeRegistry from "@headend/testing/FakeRegistry"

suite("the registry in memory", layerMemory)

suite("the registry in memory, behind a link", (timings) => FakeRegistry.layer(layerMemory(timings)))
