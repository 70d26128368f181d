// What a fake OBS answers to each request that it knows.
import type { Settings, Switches } from "./options.ts"
import type { Output } from "./Output.ts"

/** Where OBS publishes. */
export interface StreamService {
  readonly streamServiceType: string
  readonly streamServiceSettings: Readonly<Record<string, unknown>>
}

/** What an OBS keeps over its end, as in its configuration. */
export interface Saved {
  service: StreamService
}

export interface Obs {
  readonly settings: Settings
  readonly switches: Switches
  readonly saved: Saved
  readonly output: Output
  readonly tellAll: (eventType: string, eventIntent: number, eventData: unknown) => void
}

interface Answer {
  readonly code: number
  readonly comment?: string
  readonly data?: unknown
}

const ok = (data?: unknown): Answer => ({ code: 100, data })
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A field of the request, or the refusal that OBS gives for want of it. */
const field = (data: Record<string, unknown>, name: string, type: "string" | "object"): Answer | undefined => {
  const value = data[name]
  if (value === undefined) return { code: 300, comment: `Your request is missing the \`${name}\` field.` }
  const fits = type === "string" ? typeof value === "string" : isRecord(value)
  if (!fits) {
    return {
      code: 401,
      comment: `The field value of \`${name}\` must be ${type === "string" ? "a string" : "an object"}.`
    }
  }
  if (type === "object" && isRecord(value) && Object.keys(value).length === 0) {
    return { code: 403, comment: `The field value of \`${name}\` must not be empty.` }
  }
  return undefined
}

type Handler = (obs: Obs, data: Record<string, unknown>) => Answer

const handlers: Readonly<Record<string, Handler>> = {
  GetVersion: ({ settings, switches }) =>
    ok({
      obsVersion: settings.obsVersion,
      obsWebSocketVersion: "5.1.0",
      rpcVersion: 1,
      platform: "fake",
      platformDescription: "a fake OBS",
      supportedImageFormats: [],
      availableRequests: Object.keys(handlers).filter((name) => !switches.unknown.includes(name))
    }),
  GetStats: ({ output }) =>
    ok({
      activeFps: 30,
      averageFrameRenderTime: 4.2,
      cpuUsage: 12.5,
      memoryUsage: 250.5,
      availableDiskSpace: 1_000,
      renderSkippedFrames: 0,
      renderTotalFrames: output.status().outputTotalFrames,
      outputSkippedFrames: output.status().outputSkippedFrames,
      outputTotalFrames: output.status().outputTotalFrames,
      webSocketSessionIncomingMessages: 1,
      webSocketSessionOutgoingMessages: 1
    }),
  GetStreamStatus: ({ output }) => ok(output.status()),
  GetStreamServiceSettings: ({ saved }) => ok(saved.service),
  SetStreamServiceSettings: ({ output, saved }, data) => {
    if (output.active) {
      return { code: 500, comment: "You cannot change stream service settings while streaming." }
    }
    const wrong = field(data, "streamServiceType", "string") ?? field(data, "streamServiceSettings", "object")
    if (wrong !== undefined) return wrong
    const given = data as unknown as StreamService // both fields were looked at
    // the same type: new settings are laid over the old ones
    const before = given.streamServiceType === saved.service.streamServiceType
      ? saved.service.streamServiceSettings
      : {}
    saved.service = {
      streamServiceType: given.streamServiceType,
      streamServiceSettings: { ...before, ...given.streamServiceSettings }
    }
    return ok()
  },
  StartStream: ({ output, saved }) => {
    if (output.active) return { code: 500 }
    const { key, server } = saved.service.streamServiceSettings
    output.start({ server: String(server ?? ""), key: String(key ?? "") })
    return ok()
  },
  StopStream: ({ output }) => {
    if (!output.active) return { code: 501 }
    output.stop()
    return ok()
  },
  GetProfileParameter: ({ settings }, data) => {
    const wrong = field(data, "parameterCategory", "string") ?? field(data, "parameterName", "string")
    if (wrong !== undefined) return wrong
    const value = settings.profile[`${String(data["parameterCategory"])}/${String(data["parameterName"])}`] ?? null
    return ok({ parameterValue: value, defaultParameterValue: value })
  },
  GetVideoSettings: () =>
    ok({ fpsNumerator: 30, fpsDenominator: 1, baseWidth: 1280, baseHeight: 720, outputWidth: 1280, outputHeight: 720 }),
  BroadcastCustomEvent: ({ tellAll }, data) => {
    const wrong = field(data, "eventData", "object")
    if (wrong !== undefined) return wrong
    tellAll("CustomEvent", 1, data["eventData"])
    return ok()
  }
}

/** The answer to one request, as it goes over the wire. */
export const answer = (obs: Obs, request: { readonly requestType?: unknown; readonly requestData?: unknown }) => {
  const { requestData, requestType } = request
  const name = String(requestType)
  const handler = obs.switches.unknown.includes(name) ? undefined : handlers[name]
  const { code, comment, data }: Answer = requestType === undefined
    ? { code: 203, comment: "Your request is missing a `requestType`." }
    : handler === undefined
    ? { code: 204, comment: "Your request type is not valid." }
    : handler(obs, isRecord(requestData) ? requestData : {})
  return {
    requestType: name,
    requestStatus: { code, result: code === 100, ...(comment === undefined ? {} : { comment }) },
    ...(data === undefined ? {} : { responseData: data })
  }
}
