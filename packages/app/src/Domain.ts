/**
 * What the apps are made of below their doors: Janus, the source kinds, the registry, and a worker where one runs.
 */
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import * as IngestNews from "@headend/core/IngestNews"
import { Installation } from "@headend/core/Installation"
import * as Reconciler from "@headend/core/Reconciler"
import * as Sweep from "@headend/core/Sweep"
import { Layer, Logger, References } from "effect"
import { IsFake } from "./Components.ts"
import * as Janus from "./Janus.ts"
import * as Kinds from "./Kinds.ts"
import * as SecretKey from "./SecretKey.ts"
import type { Settings } from "./Settings.ts"

/** The worker in this process, and the sweep. */
export const worker = (settings: Settings) =>
  Layer.mergeAll(
    Reconciler.layer({
      id: settings.workerId,
      capacity: settings.workerCapacity,
      timings: settings.timings,
      // a registry in memory ends with this process: nobody comes after us
      atEnd: settings.registry === "memory" ? "stop" : "handover"
    }),
    Sweep.layer
  )

/** What the settings say of relays. */
const relays = (settings: Settings): Parameters<typeof Kinds.layer>[0] => {
  const { allowPipelines, inputAllow, inputDeny, inputFolder, relayCpuPercent, relayMemoryMb } = settings
  return {
    policy: { allow: inputAllow, deny: inputDeny, folder: inputFolder === "" ? undefined : inputFolder },
    allowPipelines,
    limits: {
      ...(relayCpuPercent === undefined ? {} : { cpuPercent: relayCpuPercent }),
      ...(relayMemoryMb === undefined ? {} : { memoryMb: relayMemoryMb })
    }
  }
}

/** What a worker and those who ask for broadcasts stand on. */
export const foundation = (settings: Settings) =>
  Broadcasts.layer.pipe(
    Layer.provideMerge(Kinds.layer(relays(settings))),
    Layer.provideMerge(BroadcastRegistry.layerMemory(settings.timings)),
    Layer.provideMerge(IngestNews.layer),
    Layer.provideMerge(Janus.layer(settings.fakeJanus)),
    Layer.provideMerge(SecretKey.layer(settings.secretKeys, "headend.key"))
  )

const loggers = {
  pretty: Logger.consolePretty(),
  logfmt: Logger.consoleLogFmt,
  json: Logger.consoleJson
}

/** What everything reads: the name of the installation, and how logs are written. */
export const references = (settings: Settings) =>
  Layer.mergeAll(
    Layer.succeed(Installation, { instance: settings.instance }),
    Layer.succeed(IsFake, settings.fakeJanus),
    Layer.succeed(References.MinimumLogLevel, settings.logLevel),
    Logger.layer([loggers[settings.logFormat]])
  )
