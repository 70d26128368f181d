/**
 * The ports that the apps would listen on, and the RTMP server that encoders publish to.
 */
import { type Settings } from "@headend/app/Settings"
import { Config, Effect, Option } from "effect"
import { connect, createServer } from "node:net"
import { absent, bad, type Finding, ok } from "./Finding.ts"

/** Nothing where it is free to listen on, else the code of the system's refusal. */
const refusal = (host: string, port: number): Effect.Effect<string | void> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(Effect.succeed("code" in error ? String(error.code) : error.message)))
    server.listen(port, host, () => server.close(() => resume(Effect.void)))
  })

/** Whether headend answers there: that of this installation may be running. */
const isHeadend = (host: string, port: number): Effect.Effect<boolean> =>
  Effect.promise(() =>
    fetch(`http://${host.includes(":") ? `[${host}]` : host}:${port}/livez`, { signal: AbortSignal.timeout(3_000) })
      .then((answer) => answer.json(), () => undefined)
      .then(
        (body) => typeof body === "object" && body !== null && "status" in body && body.status === "ok",
        () => false
      )
  )

const adviceFor: Readonly<Record<string, string>> = {
  EADDRINUSE: "set HEADEND_HTTP_PORT to a free one, or end what has it",
  EADDRNOTAVAIL: "HEADEND_HTTP_HOST must be an address of this machine; 0.0.0.0 are all of them",
  EACCES: "ports below 1024 need a privilege: set HEADEND_HTTP_PORT to a higher one",
  ENOTFOUND: "HEADEND_HTTP_HOST must be an address of this machine, or a name of it"
}

const look = Effect.fnUntraced(function*(
  what: string,
  app: string,
  { host, port }: Pick<Settings, "host" | "port">,
  failed: typeof bad
) {
  const at = `${host}:${port}`
  const code = yield* refusal(host, port)
  if (code === undefined) return ok(what, `${at} is free for ${app}`)
  if (code === "EADDRINUSE" && (yield* isHeadend(host, port))) return ok(what, `headend answers at ${at}`)
  const evidence = code === "EADDRINUSE" ? `${at} is taken by something else` : `${at} cannot be listened on (${code})`
  return failed(what, evidence, adviceFor[code] ?? "set HEADEND_HTTP_HOST and HEADEND_HTTP_PORT")
})

/** With a port set, that one, whichever app takes it; else those that the two apps take by themselves. */
export const listening = ({ host }: Settings): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.gen(function*() {
    const given = Option.getOrUndefined(
      yield* Effect.orElseSucceed(Config.option(Config.String("HEADEND_HTTP_PORT")), Option.none)
    )
    const port = Number(given)
    if (given !== undefined && given.trim() !== "") {
      // any free one, or a setting that cannot be used, which is told elsewhere
      if (!Number.isInteger(port) || port < 1 || port > 65_535) return []
      return [yield* look("port", "the app", { host, port }, bad)]
    }
    return [
      yield* look("port", "the HTTP app", { host, port: 8080 }, absent),
      yield* look("worker port", "the worker app", { host, port: 8081 }, absent)
    ]
  })

/** Version 3, a time of 0, and nothing at random: what a client says first. The server answers with its version. */
const hello = Buffer.concat([Buffer.from([3]), Buffer.alloc(1_536)])

const greet = (host: string, port: number): Effect.Effect<void, string> =>
  Effect.acquireUseRelease(
    Effect.sync(() => connect({ host, port })),
    (socket) =>
      Effect.callback<void, string>((resume) => {
        socket.once("connect", () => void socket.write(hello))
        socket.once("error", ({ message }) => resume(Effect.fail(message)))
        socket.once(
          "data",
          (bytes) => resume(bytes[0] === 3 ? Effect.void : Effect.fail("what answers there speaks no RTMP"))
        )
        socket.once("close", () => resume(Effect.fail("it hangs up: what listens there speaks no RTMP")))
      }).pipe(
        Effect.timeoutOrElse({ duration: "4 seconds", orElse: () => Effect.fail("it does not answer") })
      ),
    (socket) => Effect.sync(() => void socket.destroy())
  )

/** An RTMP server, greeted as an encoder and a relay greet it; nothing is published. Nothing where none is named. */
export const ingest = (url: string | undefined): Effect.Effect<ReadonlyArray<Finding>> => {
  if (url === undefined) return Effect.succeed([])
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address === undefined || address.protocol !== "rtmp:" || address.hostname === "") {
    return Effect.succeed([bad("ingest", "it is no address of RTMP", "give it as rtmp://host:1935/app")])
  }
  const port = address.port === "" ? 1935 : Number(address.port)
  const host = address.hostname.replace(/^\[|\]$/g, "")
  return Effect.match(greet(host, port), {
    onSuccess: () => [ok("ingest", `rtmp://${address.host} speaks RTMP`)],
    onFailure: (reason) => [
      bad(
        "ingest",
        `rtmp://${address.host}: ${reason}`,
        "start the RTMP server there (SRS, nginx-rtmp, …), or let TCP from this machine and from the encoder through to its port"
      )
    ]
  })
}
