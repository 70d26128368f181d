// How a fake OBS is made: what it asks for, how long things take, and what goes wrong with it.

/** How the fake behaves. */
export interface FakeObsOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Asked for when given; the default is `hush`. Null: no password is asked for. */
  readonly password?: string | null
  /** Milliseconds from a StartStream to STARTING, and from there to STARTED or STOPPED. */
  readonly startMillis?: readonly [starting: number, outcome: number]
  /** Milliseconds from a StopStream to STOPPING, and from there to STOPPED. */
  readonly stopMillis?: readonly [stopping: number, stopped: number]
  /** Between two attempts of OBS' own to reconnect; 2000 unless given. */
  readonly retryMillis?: number
  /** Of OBS' own; 25 unless given. Then it gives up. */
  readonly retries?: number
  readonly obsVersion?: string
  /** Parameters of the profile, as `SimpleOutput/Preset`. */
  readonly profile?: Readonly<Record<string, string>>
}

export interface Settings extends Required<Omit<FakeObsOptions, "port">> {}

export const settingsOf = (options: FakeObsOptions): Settings => ({
  password: options.password === undefined ? "hush" : options.password,
  startMillis: options.startMillis ?? [10, 30],
  stopMillis: options.stopMillis ?? [5, 30],
  retryMillis: options.retryMillis ?? 2_000,
  retries: options.retries ?? 25,
  obsVersion: options.obsVersion ?? "29.0.2",
  profile: {
    "Output/Mode": "Simple",
    "SimpleOutput/StreamEncoder": "x264",
    "SimpleOutput/Preset": "ultrafast",
    "SimpleOutput/UseAdvanced": "true",
    "SimpleOutput/x264Settings": "keyint=60 bframes=0 tune=zerolatency",
    ...options.profile
  }
})

export interface Target {
  readonly server: string
  readonly key: string
}

/** For every stream, or for those that go there. */
export type When = boolean | ((target: Target) => boolean)

export const holds = (when: When, target: Target): boolean => (typeof when === "boolean" ? when : when(target))

/** What goes wrong, from now on; a test sets them as it likes. */
export class Switches {
  /** The RTMP server accepts and never answers: a start stays in STARTING, and cannot be taken back. */
  hangInStarting: When = false
  /** As OBS 29 does: a second StartStream before STARTED kills it. */
  crashOnDoubleStart = true
  /** The RTMP server denies the key. */
  denyKey: When = false
  /** The RTMP server refuses connections. */
  serverAway: When = false
  /** Its frames are not taken: congested, and frames are left out. */
  congested = false
  /** It sends nothing more, though it says that it streams. */
  stalled = false
  /** Requests that it does not know. */
  unknown: ReadonlyArray<string> = []
}
