// A real Kafka broker in KRaft mode, from the jars that scripts/kafka.mjs fetches: on free ports, in a folder of its own,
// with the broker's own command-line tools beside it. It speaks in clear on one port, with SASL on another, and with
// certificates over TLS on two more.
import { Context, Effect, Layer, Scope } from "effect"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Certificates } from "./Certificates.ts"
import { awaitPort, type PortUnavailable, reserve } from "./Ports.ts"
import { NotInTime, type Program, type ProgramEnded, type ProgramMissing, spawn, workspaceRoot } from "./Processes.ts"

export const versions = ["3.9", "4.x"] as const
export type Version = (typeof versions)[number]

const jars = (version: Version) => join(workspaceRoot, ".tools", "kafka", version)

/** Whether `node scripts/kafka.mjs`, or `npm test`, has fetched them. */
export const hasJars = (): boolean => versions.every((version) => existsSync(join(jars(version), "pom.xml")))

/** Who may come in by SASL. */
export const saslUser = { username: "headend", password: "a-secret-of-tests" } as const

export interface Group {
  readonly topic: string
  readonly partition: number
  /** Null where nothing was committed, or the broker cannot tell. */
  readonly committed: number | null
  readonly high: number
  readonly lag: number | null
}

export class RealKafka extends Context.Service<RealKafka, {
  /** `127.0.0.1:port`, in clear. */
  readonly broker: string
  /** The same broker, by SASL: PLAIN. */
  readonly saslBroker: string
  /** With certificates: over TLS, by SASL: SCRAM-SHA-512. */
  readonly scramBroker: string
  /** With certificates: over TLS, for those who have one. */
  readonly mutualBroker: string
  /** SIGKILL, and started again on the same ports and files. */
  readonly restart: Effect.Effect<void, PortUnavailable | ProgramEnded | ProgramMissing>
  /** SIGKILL, and stays down until `restart`. */
  readonly kill: Effect.Effect<void>
  /** As a deployment makes it, with its own tool. */
  readonly createTopic: (topic: string, partitions: number) => Effect.Effect<void, NotInTime>
  /** The group as the broker's own `ConsumerGroupCommand` describes it. */
  readonly describeGroup: (group: string) => Effect.Effect<ReadonlyArray<Group>, NotInTime>
}>()("@headend/integration/RealKafka") {}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-kafka-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A PEM key store: the broker's key, and its certificate. */
const encrypted = (cwd: string, { ca, certificate, key }: Certificates) => {
  const store = join(cwd, "keystore.pem")
  writeFileSync(store, `${readFileSync(key, "utf8")}${readFileSync(certificate, "utf8")}`)
  return `ssl.keystore.type=PEM
ssl.keystore.location=${store}
ssl.truststore.type=PEM
ssl.truststore.location=${ca}
listener.name.mutual.ssl.client.auth=required
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
`
}

const properties = (
  cwd: string,
  [plain, sasl, scram, mutual, controller]: ReadonlyArray<number>,
  certificates: Certificates | undefined
) => {
  const tls = certificates === undefined ? "" : `,SCRAM://127.0.0.1:${scram},MUTUAL://127.0.0.1:${mutual}`
  const listeners = `PLAIN://127.0.0.1:${plain},SASL://127.0.0.1:${sasl}${tls}`
  const security = certificates === undefined ? "" : encrypted(cwd, certificates)
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=${listeners},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=${listeners}
listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,SCRAM:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAIN
controller.listener.names=CONTROLLER
listener.name.sasl.sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${saslUser.username}="${saslUser.password}";
log.dirs=${join(cwd, "data")}
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=500
${security}`
}

/** Small and quick to start; without a logging library's binding the broker says nothing. */
const java = (version: Version, main: string, args: ReadonlyArray<string>) => [
  "-Xmx256m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-cp",
  join(jars(version), "*"),
  main,
  ...args
]

const tool = (version: Version, main: string, args: ReadonlyArray<string>): Effect.Effect<string, NotInTime> =>
  Effect.callback((resume) => {
    const child = execFile(
      "java",
      java(version, main, args),
      { timeout: 120_000, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) =>
        resume(
          error === null
            ? Effect.succeed(stdout)
            : Effect.fail(
              new NotInTime({ waitedFor: main, timeoutMs: 120_000, tail: `${stdout}${stderr}`.split("\n") })
            )
        )
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const number = (text: string | undefined) => text === undefined || text === "-" ? null : Number(text)

/** The columns are GROUP, TOPIC, PARTITION, CURRENT-OFFSET, LOG-END-OFFSET, LAG, …; a dash is no number. */
const parseGroup = (text: string): ReadonlyArray<Group> => {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/))
  const header = lines.find((line) => line.includes("LOG-END-OFFSET")) ?? []
  const at = (line: ReadonlyArray<string>, column: string) => line[header.indexOf(column)]
  return lines.filter((line) => line.length >= 6 && /^\d+$/.test(at(line, "PARTITION") ?? "")).map((line) => ({
    topic: at(line, "TOPIC") ?? "",
    partition: Number(at(line, "PARTITION")),
    committed: number(at(line, "CURRENT-OFFSET")),
    high: Number(at(line, "LOG-END-OFFSET")),
    lag: number(at(line, "LAG"))
  }))
}

/** Formats the storage and starts the broker; it is ended with the scope, and its folder removed. */
export const make = (
  version: Version,
  certificates?: Certificates
): Effect.Effect<RealKafka["Service"], PortUnavailable | ProgramEnded | ProgramMissing | NotInTime, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const { tcp } = yield* reserve({ tcp: 5, udp: 1 })
    const [plain = 0, sasl = 0, scram = 0, mutual = 0] = tcp
    const cwd = yield* folder
    const config = join(cwd, "server.properties")
    writeFileSync(config, properties(cwd, tcp, certificates))
    yield* tool(version, "kafka.tools.StorageTool", [
      "format",
      "-t",
      "AAAAAAAAAAAAAAAAAAAAAQ",
      "-c",
      config,
      "--add-scram",
      `SCRAM-SHA-512=[name=${saslUser.username},password=${saslUser.password}]`
    ])

    const start = spawn("java", java(version, "kafka.Kafka", [config]), { cwd }).pipe(
      Effect.tap((program) => program.whileRunning(awaitPort(plain, { timeoutMs: 180_000 }))),
      Scope.provide(scope)
    )
    let program: Program = yield* start
    const broker = `127.0.0.1:${plain}`
    const kill = Effect.suspend(() => Effect.asVoid(program.kill))
    return RealKafka.of({
      broker,
      saslBroker: `127.0.0.1:${sasl}`,
      scramBroker: `127.0.0.1:${scram}`,
      mutualBroker: `127.0.0.1:${mutual}`,
      kill,
      restart: Effect.andThen(kill, Effect.map(start, (next) => void (program = next))),
      createTopic: (topic, partitions) =>
        Effect.asVoid(
          tool(version, "org.apache.kafka.tools.TopicCommand", [
            "--bootstrap-server",
            broker,
            "--create",
            "--topic",
            topic,
            "--partitions",
            `${partitions}`
          ])
        ),
      describeGroup: (group) =>
        Effect.map(
          tool(version, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", [
            "--bootstrap-server",
            broker,
            "--describe",
            "--group",
            group
          ]),
          parseGroup
        )
    })
  })

export const layer = (version: Version) => Layer.effect(RealKafka, make(version))
