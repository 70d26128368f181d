import { layerMemory } from "@headend/core/BroadcastRegistry"
import { schedules } from "@headend/testing/BroadcastRegistryModel"

schedules("the registry in memory", layerMemory)
