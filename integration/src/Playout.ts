// A film that is played to an RTMP server for as long as its scope is open. What of it is sent is switched while it plays:
// picture and sound stop, and come back, when a test says so, and not at a time that a busy machine may miss.
import { Data, Effect, type Scope } from "effect"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Program, type ProgramMissing, spawn } from "./Processes.ts"

export interface Playout {
  /** Who publishes it. */
  readonly program: Program
  /** Sends its picture from now on, beginning with the next keyframe, or not. */
  readonly picture: (isSent: boolean) => Effect.Effect<void>
  readonly sound: (isSent: boolean) => Effect.Effect<void>
}

export class FilmFailed extends Data.TaggedError("FilmFailed")<{ readonly tail: ReadonlyArray<string> }> {
  override get message() {
    return `no film: ${this.tail.join("\n")}`
  }
}

/** One packet of an FLV file. */
interface Tag {
  readonly type: "picture" | "sound" | "other"
  /** Milliseconds. */
  readonly at: number
  readonly isKeyframe: boolean
  /** A sound or a frame of the picture; not what tells how to decode them, nor where they end. */
  readonly isMedia: boolean
  readonly bytes: Buffer
}

const seconds = 10
const types = new Map<number, Tag["type"]>([[8, "sound"], [9, "picture"]])

/** The packets of the file, after its own header of 13 bytes. */
const tagsOf = (file: Buffer): ReadonlyArray<Tag> => {
  const tags: Array<Tag> = []
  for (let at = 13; at + 11 <= file.length;) {
    const end = at + 11 + file.readUIntBE(at + 1, 3) + 4
    const type = types.get(file.readUInt8(at)) ?? "other"
    tags.push({
      type,
      at: file.readUIntBE(at + 4, 3),
      isKeyframe: type === "picture" && file.readUInt8(at + 11) >> 4 === 1,
      isMedia: type !== "other" && file.readUInt8(at + 12) === 1,
      bytes: file.subarray(at, end)
    })
    at = end
  }
  return tags
}

/** The same packet at another time of 24 bits, which is four hours and more. */
const moved = (tag: Tag, at: number): Buffer => {
  const bytes = Buffer.from(tag.bytes)
  bytes.writeUIntBE(at, 4, 3)
  return bytes
}

/** A moving picture with a tone, a keyframe each second. */
const film = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-playout-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const path = join(folder, "film.flv")
  const picture = `-f lavfi -i testsrc=size=320x180:rate=25:duration=${seconds}`
  const tone = `-f lavfi -i sine=frequency=1000:sample_rate=48000:duration=${seconds}`
  const encoding = "-c:v libx264 -preset ultrafast -profile:v main -pix_fmt yuv420p -bf 0 -g 25 -c:a aac -b:a 64k"
  const made = yield* spawn("ffmpeg", [
    ..."-nostdin -nostats -loglevel error".split(" "),
    ...`${picture} ${tone} ${encoding}`.split(" "),
    path
  ])
  const { code } = yield* made.ended
  return code === 0 ? readFileSync(path) : yield* new FilmFailed({ tail: yield* made.tail })
})

/** Plays it to whoever asks, again and again, in real time. */
const serve = Effect.fnUntraced(function*(file: Buffer, isSent: Record<Tag["type"], boolean>) {
  const tags = tagsOf(file)
  const media = tags.filter(({ isMedia }) => isMedia)
  const headers = tags.slice(0, tags.findIndex(({ isMedia }) => isMedia))
  const play = (response: ServerResponse) => {
    response.write(Buffer.concat([file.subarray(0, 13), ...headers.map(({ bytes }) => bytes)]))
    const began = performance.now()
    let next = 0
    let isShown = true
    const timer = setInterval(() => {
      while (true) {
        const tag = media[next % media.length]!
        const at = tag.at + Math.floor(next / media.length) * seconds * 1_000
        if (at > performance.now() - began) return
        next++
        if (tag.type === "picture") isShown = isSent.picture && (isShown || tag.isKeyframe)
        if (tag.type === "picture" ? isShown : isSent[tag.type]) response.write(moved(tag, at))
      }
    }, 20)
    response.on("close", () => clearInterval(timer))
  }
  const server = yield* Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const made = createServer((_, response) => play(response))
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.sync(() => {
        made.close()
        made.closeAllConnections()
      })
  )
  const address = server.address()
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/film.flv`
})

/** Publishes it there, with picture and sound at first. */
export const play = Effect.fnUntraced(
  function*(to: string): Effect.fn.Return<Playout, FilmFailed | ProgramMissing, Scope.Scope> {
    const isSent = { picture: true, sound: true, other: true }
    const url = yield* serve(yield* film, isSent)
    // else the muxer holds ten seconds of one back for the other that does not come
    const publishing = "-c copy -max_interleave_delta 100000 -f flv"
    const program = yield* spawn("ffmpeg", [
      ..."-nostdin -nostats -loglevel warning -fflags nobuffer".split(" "),
      "-i",
      url,
      ...publishing.split(" "),
      to
    ])
    return {
      program,
      picture: (is) => Effect.sync(() => void (isSent.picture = is)),
      sound: (is) => Effect.sync(() => void (isSent.sound = is))
    }
  }
)
