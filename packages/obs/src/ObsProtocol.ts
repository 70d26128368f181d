/**
 * obs-websocket 5 as schemas: the frames, the requests and answers that headend uses, the codes by name. Unknown fields
 * are let through: newer servers add some.
 */
import { Schema } from "effect"

/** The version of the protocol that we speak. */
export const rpcVersion = 1

/** What the first field of a frame says. */
export const op = {
  hello: 0,
  identify: 1,
  identified: 2,
  reidentify: 3,
  event: 5,
  request: 6,
  response: 7,
  batch: 8,
  batchResponse: 9
} as const

/** Bits of `eventSubscriptions`: which events are sent to us. */
export const subscription = {
  none: 0,
  general: 1,
  config: 2,
  scenes: 4,
  inputs: 8,
  transitions: 16,
  filters: 32,
  outputs: 64,
  sceneItems: 128,
  mediaInputs: 256,
  vendors: 512,
  ui: 1024
} as const

/** Why the server closed the connection. */
export const closeCode = {
  messageDecodeError: 4002,
  missingDataField: 4003,
  invalidDataFieldType: 4004,
  invalidDataFieldValue: 4005,
  unknownOpCode: 4006,
  notIdentified: 4007,
  alreadyIdentified: 4008,
  authenticationFailed: 4009,
  unsupportedRpcVersion: 4010,
  sessionInvalidated: 4011,
  unsupportedFeature: 4012
} as const

/** What became of a request. */
export const statusCode = {
  success: 100,
  missingRequestType: 203,
  unknownRequestType: 204,
  genericError: 205,
  notReady: 207,
  missingRequestField: 300,
  invalidRequestField: 400,
  invalidRequestFieldType: 401,
  requestFieldOutOfRange: 402,
  requestFieldEmpty: 403,
  outputRunning: 500,
  outputNotRunning: 501,
  resourceNotFound: 600,
  resourceAlreadyExists: 601,
  invalidResourceState: 604,
  requestProcessingFailed: 702
} as const

/** What OBS says first. */
export const Hello = Schema.Struct({
  obsWebSocketVersion: Schema.String,
  rpcVersion: Schema.Int,
  /** Absent where no password is asked for. `salt` stays the same for one run of OBS. */
  authentication: Schema.optionalKey(Schema.Struct({ challenge: Schema.String, salt: Schema.String }))
})
export type Hello = typeof Hello.Type

/** Whether a request was carried out; `code` is one of `statusCode`. */
export const Status = Schema.Struct({
  result: Schema.Boolean,
  code: Schema.Int,
  comment: Schema.optionalKey(Schema.String)
})

/** The answer to a request. */
export const Response = Schema.Struct({
  requestType: Schema.String,
  requestId: Schema.optionalKey(Schema.String),
  requestStatus: Status,
  responseData: Schema.optionalKey(Schema.Unknown)
})
export type Response = typeof Response.Type

/** Something that happened in OBS. */
export const Event = Schema.Struct({
  eventType: Schema.String,
  eventIntent: Schema.Int,
  eventData: Schema.optionalKey(Schema.Unknown)
})
export type Event = typeof Event.Type

/** What a server sends. */
export const ServerFrame = Schema.Union([
  Schema.Struct({ op: Schema.Literal(op.hello), d: Hello }),
  Schema.Struct({ op: Schema.Literal(op.identified), d: Schema.Struct({ negotiatedRpcVersion: Schema.Int }) }),
  Schema.Struct({ op: Schema.Literal(op.event), d: Event }),
  Schema.Struct({ op: Schema.Literal(op.response), d: Response }),
  Schema.Struct({
    op: Schema.Literal(op.batchResponse),
    d: Schema.Struct({ requestId: Schema.String, results: Schema.Array(Response) })
  })
])
export type ServerFrame = typeof ServerFrame.Type

/** How a stream is. `RECONNECTING` comes again at every attempt; no reason is ever given for a stop. */
export const StreamState = Schema.Literals([
  "OBS_WEBSOCKET_OUTPUT_STARTING",
  "OBS_WEBSOCKET_OUTPUT_STARTED",
  "OBS_WEBSOCKET_OUTPUT_STOPPING",
  "OBS_WEBSOCKET_OUTPUT_STOPPED",
  "OBS_WEBSOCKET_OUTPUT_RECONNECTING",
  "OBS_WEBSOCKET_OUTPUT_RECONNECTED"
])
export type StreamState = typeof StreamState.Type

/** The stream began, ended, or is about to. */
export const StreamStateChanged = Schema.Struct({ outputActive: Schema.Boolean, outputState: StreamState })

/** Where OBS publishes. */
export const StreamServiceSettings = Schema.Struct({
  streamServiceType: Schema.String,
  /** Holds the stream key in clear text. */
  streamServiceSettings: Schema.Record(Schema.String, Schema.Unknown)
})
export type StreamServiceSettings = typeof StreamServiceSettings.Type

const nothing = Schema.Undefined

/** The requests that headend uses, each with what is sent and what comes back. */
export const requests = {
  GetVersion: {
    data: nothing,
    answer: Schema.Struct({
      obsVersion: Schema.String,
      obsWebSocketVersion: Schema.String,
      rpcVersion: Schema.Int,
      platform: Schema.String,
      availableRequests: Schema.Array(Schema.String)
    })
  },
  GetStats: {
    data: nothing,
    answer: Schema.Struct({
      activeFps: Schema.Finite,
      averageFrameRenderTime: Schema.Finite,
      cpuUsage: Schema.Finite,
      memoryUsage: Schema.Finite,
      renderSkippedFrames: Schema.Finite,
      renderTotalFrames: Schema.Finite
    })
  },
  GetStreamStatus: {
    data: nothing,
    answer: Schema.Struct({
      /** Also while it reconnects; not yet while it starts. */
      outputActive: Schema.Boolean,
      outputReconnecting: Schema.Boolean,
      /** Milliseconds. */
      outputDuration: Schema.Finite,
      /** 0 to 1; absent from old servers. */
      outputCongestion: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
      outputBytes: Schema.Finite,
      outputSkippedFrames: Schema.Finite,
      outputTotalFrames: Schema.Finite
    })
  },
  GetStreamServiceSettings: { data: nothing, answer: StreamServiceSettings },
  SetStreamServiceSettings: { data: StreamServiceSettings, answer: Schema.Unknown },
  /** Answered at once: it means asked, not live. */
  StartStream: { data: nothing, answer: Schema.Unknown },
  StopStream: { data: nothing, answer: Schema.Unknown },
  GetProfileParameter: {
    data: Schema.Struct({ parameterCategory: Schema.String, parameterName: Schema.String }),
    answer: Schema.Struct({
      parameterValue: Schema.NullOr(Schema.String),
      defaultParameterValue: Schema.NullOr(Schema.String)
    })
  },
  GetVideoSettings: {
    data: nothing,
    answer: Schema.Struct({ fpsNumerator: Schema.Finite, fpsDenominator: Schema.Finite })
  },
  BroadcastCustomEvent: {
    data: Schema.Struct({ eventData: Schema.Record(Schema.String, Schema.Unknown) }),
    answer: Schema.Unknown
  }
} as const

/** The requests that we use, with their data and answers. */
export type Requests = typeof requests
/** The name of one of them. */
export type RequestName = keyof Requests
/** What goes with a request. */
export type Data<N extends RequestName> = Requests[N]["data"]["Type"]
/** What comes back. */
export type Answer<N extends RequestName> = Requests[N]["answer"]["Type"]
