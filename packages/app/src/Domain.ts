/**
 * What the apps are made of below their doors: Janus, the source kinds, the registry, and a worker where one runs.
 */
import * as Broadcasts from "@headend/core/Broadcasts"
import * as FleetAdvice from "@headend/core/FleetAdvice"
import * as IngestNews from "@headend/core/IngestNews"
import { Installation } from "@headend/core/Installation"
import * as Reconciler from "@headend/core/Reconciler"
import * as Sweep from "@headend/core/Sweep"
import * as Worker from "@headend/core/Worker"
import { Duration, Effect, type FileSystem, Layer, Logger, References } from "effect"
import { dirname, join } from "node:path"
import * as Backends from "./Backends.ts"
import { IsFake } from "./Components.ts"
import * as Janus from "./Janus.ts"
import * as Kinds from "./Kinds.ts"
import * as OperatorSecrets from "./OperatorSecrets.ts"
import * as SecretKey from "./SecretKey.ts"
import type { Settings } from "./Settings.ts"
import * as Telemetry from "./Telemetry.ts"

/** A registry in memory ends with this process: nobody comes after us. */
const atEnd = ({ finishWithin, registry }: Settings): Reconciler.WorkerOptions["atEnd"] & {} =>
  registry === "memory" ? "stop" : finishWithin === undefined ? "handover" : { finishWithin }

/** The worker in this process: jobs first of all end, then what it has on air. And the sweep. */
export const worker = (settings: Settings) =>
  Layer.mergeAll(Worker.layer(), Sweep.layer).pipe(
    Layer.provideMerge(Reconciler.layer({
      id: settings.workerId,
      capacity: settings.workerCapacity,
      timings: settings.timings,
      atEnd: atEnd(settings)
    }))
  )

/** What the settings say of relays. */
const relays = (settings: Settings): Parameters<typeof Kinds.layer>[0] => {
  const { allowPipelines, inputAllow, inputDeny, inputFolder, relayCpuPercent, relayMemoryMb } = settings
  return {
    // well before others may take over: 5 and 3 seconds
    guardSilence: Duration.min(Duration.seconds(5), Duration.times(settings.timings.ownDeadline, 0.625)),
    policy: { allow: inputAllow, deny: inputDeny, folder: inputFolder },
    allowPipelines,
    limits: {
      ...(relayCpuPercent === undefined ? {} : { cpuPercent: relayCpuPercent }),
      ...(relayMemoryMb === undefined ? {} : { memoryMb: relayMemoryMb })
    }
  }
}

/** What is in an SQLite file is sealed with the key beside it. */
const keyFile = ({ queue, registry, sqlitePath }: Settings) =>
  registry === "sqlite" || queue === "sqlite" ? join(dirname(sqlitePath), "headend.key") : "headend.key"

/** What a worker and those who ask for broadcasts stand on. */
export const foundation = (settings: Settings) =>
  Broadcasts.layer.pipe(
    Layer.provideMerge(Backends.layer(settings)),
    Layer.provideMerge(Kinds.layer(relays(settings))),
    Layer.provideMerge(IngestNews.layer),
    Layer.provideMerge(Janus.layer(settings.fakeJanus)),
    Layer.provideMerge(SecretKey.layer(settings.secretKeys, keyFile(settings))),
    Layer.provideMerge(OperatorSecrets.layer({
      variables: settings.secretsEnv,
      folder: settings.secretsFolder,
      keyFile: keyFile(settings)
    }))
  )

/** How many workers there should be; the worker in this process may be the one that tells the event log. */
export const advice = (settings: Settings, hasWorker: boolean) =>
  Layer.merge(
    FleetAdvice.layer({
      policy: settings.autoscaling,
      capacityPerWorker: settings.workerCapacity,
      ...(hasWorker ? { worker: settings.workerId } : {})
    }),
    Backends.warnings(settings)
  )

const loggers = {
  pretty: Logger.consolePretty(),
  logfmt: Logger.consoleLogFmt,
  json: Logger.consoleJson
}

/** What everything reads: the name of the installation, how logs are written, and who else gets them, and traces. */
export const references = (settings: Settings, service: string) => {
  const { instance, otlpUrl, workerId } = settings
  return Telemetry.layer(otlpUrl, { service, instance, worker: workerId }).pipe(Layer.provideMerge(Layer.mergeAll(
    Layer.succeed(Installation, { instance }),
    Layer.succeed(IsFake, settings.fakeJanus),
    Layer.succeed(References.MinimumLogLevel, settings.logLevel),
    Logger.layer([loggers[settings.logFormat]])
  )))
}

/** What is wrong with the settings that the parts read themselves. */
export const wrong = (settings: Settings): Effect.Effect<ReadonlyArray<string>, never, FileSystem.FileSystem> =>
  Effect.map(
    Effect.all([settings.fakeJanus ? Effect.succeed([]) : Janus.wrong, Backends.wrong(settings)]),
    (lists) => lists.flat()
  )
