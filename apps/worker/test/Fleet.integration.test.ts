// Three and four real workers on a real Janus and a real Redis: killed, frozen, told to end, cut off. One file, long as it is,
// so that the servers are started once.
import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import { areOnAir, eventually, Fleet, layer as layerFleet } from "@headend/integration/Fleet"
import { proxy, raw } from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { Effect, Fiber, Layer } from "effect"

requires("janus", "redis-server", "chromium", "ffmpeg", "ffprobe", "network")("a fleet", () => {
  layer(Layer.merge(layerFleet, Browser.layer), { excludeTestServices: true, timeout: "90 seconds" })((it) => {
    it.effect(
      "a worker that is killed: others take over, one sender at a time; a fourth one moves nothing",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { first, tap } = fleet
          const browser = yield* Browser.Browser
          const workers = yield* Effect.forEach(
            ["k1", "k2", "k3"],
            (id) => fleet.worker(id, {}, { HEADEND_WORKER_CAPACITY: "4" }),
            {
              concurrency: 3
            }
          )
          const bodies = {
            "kill-a": fleet.pattern,
            "kill-b": fleet.feed,
            "kill-c": fleet.pattern,
            "kill-d": fleet.feed
          }
          const ids = Object.keys(bodies)
          const begun = yield* Effect.forEach(Object.entries(bodies), ([id, body]) => fleet.onAir(id, body))
          const victim = workers.find(({ id }) => id === begun[1]!.owner?.worker)!
          const viewer = yield* browser.viewMountpoint({ janusUrl: fleet.janus.url, id: begun[1]!.mountpoint!.id })
          yield* viewer.awaitPicture()
          // a relay may have been replaced since
          const before = yield* Effect.forEach(ids, (id) => fleet.onAirWith(id, workers))
          const theirs = before.filter(({ owner }) => owner?.worker === victim.id)
          const relays = victim.relays()
          assert.includeMembers([...relays], theirs.map(({ relay }) => relay!.pid!))

          const at = performance.now()
          yield* victim.program.kill
          yield* fleet.areGone(relays)
          for (const { id } of theirs) {
            const taken = yield* fleet.onAirWith(id, workers.filter((one) => one !== victim))
            assert.deepStrictEqual([taken.run, taken.owner?.epoch], [
              1,
              before.find((one) => one.id === id)!.owner!.epoch + 1
            ])
          }
          console.log(`killed to on air on another: ${(performance.now() - at).toFixed(0)} ms`)
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
          assert.deepStrictEqual(tap.overlaps(), [])
          const others = before.filter((one) => !theirs.includes(one))
          for (const one of others) assert.strictEqual((yield* first.get(one.id)).relay?.pid, one.relay?.pid)

          const owners = yield* fleet.ownersOf(ids)
          const fourth = yield* fleet.worker("k4", {}, { HEADEND_WORKER_CAPACITY: "4" })
          yield* Effect.sleep("4 seconds")
          assert.deepStrictEqual(yield* fleet.ownersOf(ids), owners)
          assert.deepStrictEqual(fourth.relays(), [])
          yield* Effect.forEach(["new-1", "new-2", "new-3"], (id) => fleet.onAir(id, fleet.feed))
          assert.include((yield* fleet.ownersOf(["new-1", "new-2", "new-3"])).join(), "k4")
          assert.deepStrictEqual(yield* fleet.ownersOf(ids), owners)
          assert.deepStrictEqual(tap.overlaps(), [])
        }),
      240_000
    )

    it.effect(
      "a worker that is frozen: it is taken over from, and touches nothing when it wakes",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { first, tap } = fleet
          const sleeper = yield* fleet.worker("f1")
          const before = yield* Effect.forEach(
            [["frozen-a", fleet.pattern], ["frozen-b", fleet.feed]] as const,
            ([id, body]) => fleet.onAir(id, body)
          )
          const other = yield* fleet.worker("f2")
          // alone, it would have nothing to give up
          yield* fleet.looksAround("f1")
          const relays = sleeper.relays()
          yield* sleeper.program.signal("SIGSTOP")
          yield* fleet.areGone(relays)
          const taken = yield* Effect.forEach(before, ({ id }) => fleet.onAirWith(id, [other]))
          const marks = Effect.map(fleet.lists.mountpoints, (all) => all.map(({ id, metadata }) => [id, metadata]))
          const marked = yield* marks
          const position = yield* first.call("GET", "/v1/broadcasts/frozen-a")
          yield* sleeper.program.signal("SIGCONT")
          yield* sleeper.program.awaitLine(/did not get to run/)
          yield* Effect.sleep("5 seconds")
          assert.deepStrictEqual(yield* marks, marked)
          assert.deepStrictEqual(sleeper.relays(), [])
          for (const one of taken) {
            const now = yield* fleet.onAirWith(one.id, [other])
            assert.deepStrictEqual(now.owner, one.owner)
          }
          assert.strictEqual(position.owner.worker, other.id)
          assert.deepStrictEqual(tap.overlaps(), [])
          // it is a worker like any other again
          yield* other.program.terminate(20_000)
          for (const { id } of before) yield* fleet.onAirWith(id, [sleeper])
          assert.deepStrictEqual(tap.overlaps(), [])
        }),
      240_000
    )

    it.effect(
      "a worker that is told to end: handed over, a room without a gap; a stop by any HTTP app is heard",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { first, lists, second, tap } = fleet
          const browser = yield* Browser.Browser
          yield* lists.createRoom(4711, { videocodec: "h264", audiocodec: "opus", publishers: 3 })
          yield* Effect.addFinalizer(() => Effect.ignore(lists.destroyRoom(4711)))
          yield* browser.publishRoom({ janusUrl: fleet.janus.url, room: 4711, display: "camera", codec: "H264" })
          const leaver = yield* fleet.worker("t1")
          const room = yield* fleet.onAir("given-room", {
            source: { kind: "videoroom", room: { id: 4711 }, publisher: "any" }
          })
          const feed = yield* fleet.onAir("given-feed", fleet.feed)
          const heir = yield* fleet.worker("t2")
          const viewer = yield* browser.viewMountpoint({ janusUrl: fleet.janus.url, id: room.mountpoint!.id })
          yield* viewer.awaitPicture()
          const forwarders = yield* lists.forwarders(4711)
          const relays = leaver.relays()
          const from = performance.now()
          yield* leaver.program.signal("SIGTERM")
          for (const { id } of [room, feed]) {
            const given = yield* fleet.onAirWith(id, [heir])
            assert.strictEqual(given.owner?.epoch, 2)
          }
          assert.deepStrictEqual(yield* leaver.program.ended, { code: 0, signal: null })
          yield* fleet.areGone(relays)
          yield* Effect.sleep("1 second")
          assert.deepStrictEqual(yield* lists.forwarders(4711), forwarders)
          const gaps = [room, feed].map((one) => tap.longestGap(fleet.videoPort(one), from, performance.now()))
          console.log(
            `handed over: longest silence of the room ${gaps[0]!.toFixed(0)} ms, of the feed ${gaps[1]!.toFixed(0)} ms`
          )
          // a machine that has much to do pauses, too: that nothing was made anew, forwarders and sender say
          assert.isBelow(gaps[0]!, 5_000)
          assert.strictEqual(tap.senders(fleet.videoPort(room)).length, 1)
          yield* viewer.awaitPicture()
          assert.deepStrictEqual(tap.overlaps(), [])

          const asked = performance.now()
          const stopped = yield* second.stop("given-feed")
          console.log(`stopped through another HTTP app: ${(performance.now() - asked).toFixed(0)} ms`)
          assert.deepStrictEqual([stopped.state, stopped.endReason?.code, stopped.leftBehind], [
            "stopped",
            "stopped",
            []
          ])
          assert.strictEqual((yield* first.get("given-feed")).state, "stopped")
          assert.isFalse((yield* lists.mountpoints).some(({ id }) => id === feed.mountpoint!.id))
          yield* first.stop("given-room")
        }),
      240_000
    )

    it.effect(
      "a worker that nobody hears ends all the same: in time, or at once at the second signal",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const workers = yield* Effect.forEach(["e1", "e2"], (id) => fleet.worker(id), { concurrency: 2 })
          const ids = ["end-a", "end-b", "end-c"]
          yield* Effect.forEach(ids, (id) => fleet.onAir(id, fleet.feed))
          const before = yield* Effect.forEach(ids, (id) => fleet.onAirWith(id, workers))
          // one that has nothing to hand over ends before it can be told twice
          const hurried = workers.find(({ id }) => id === before[0]!.owner?.worker)
          const patient = workers.find((one) => one !== hurried)
          const relays = workers.flatMap((one) => one.relays())
          assert.strictEqual(relays.length, before.length)
          yield* Effect.acquireUseRelease(
            fleet.redis.freeze,
            () =>
              Effect.gen(function*() {
                yield* Effect.forEach([patient!, hurried!], ({ program }) => program.signal("SIGTERM"))
                // it has heard the first
                yield* eventually(
                  Effect.promise(() => fetch(`${hurried!.url}/livez`).then(() => true, () => false)),
                  (answers) => !answers
                )
                yield* Effect.sleep("600 millis") // sooner it would pass for the same signal
                assert.isTrue(yield* hurried!.program.isRunning)
                yield* hurried!.program.signal("SIGTERM")
                assert.deepStrictEqual(yield* hurried!.program.ended, { code: 130, signal: null })
                assert.deepStrictEqual(yield* patient!.program.ended, { code: 0, signal: null })
                yield* fleet.areGone(relays)
              }),
            () => fleet.redis.thaw
          )
          const heir = yield* fleet.worker("e3")
          for (const { id } of before) yield* fleet.onAirWith(id, [heir])
          assert.deepStrictEqual(fleet.tap.overlaps(), [])
          // while there is a worker to undo them
          for (const { id } of before) yield* fleet.first.stop(id)
        }),
      240_000
    )

    it.effect(
      "Redis down for 20 seconds, and then emptied: nothing on air is interrupted, nothing moves",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { first, redis, tap } = fleet
          const browser = yield* Browser.Browser
          const workers = yield* Effect.forEach(["r1", "r2"], (id) => fleet.worker(id), { concurrency: 2 })
          const begun = yield* Effect.forEach(
            [["held-a", fleet.pattern], ["held-b", fleet.feed]] as const,
            ([id, body]) => fleet.onAir(id, body)
          )
          const viewer = yield* browser.viewMountpoint({ janusUrl: fleet.janus.url, id: begun[1]!.mountpoint!.id })
          yield* viewer.awaitPicture()
          const before = yield* Effect.forEach(begun, ({ id }) => fleet.onAirWith(id, workers))
          const relays = workers.flatMap((one) => one.relays()).toSorted()
          const from = performance.now()
          yield* redis.kill
          yield* Effect.sleep("20 seconds")
          const metrics = yield* Effect.forEach(
            workers,
            ({ url }) => Effect.promise(() => fetch(`${url}/metrics`).then((answer) => answer.text()))
          )
          assert.match(metrics.join("\n"), /^headend_hold_seconds [1-9]/m)
          yield* redis.start
          const same = Effect.gen(function*() {
            for (const one of before) {
              const now = yield* first.until(one.id, ({ owner, state }) => state === "running" && owner !== null)
              assert.deepStrictEqual([now.owner, now.relay?.pid], [one.owner, one.relay?.pid])
            }
            assert.deepStrictEqual(workers.flatMap((one) => one.relays()).toSorted(), relays)
            assert.isBelow(tap.longestGap(fleet.videoPort(before[1]!), from, performance.now()), 5_000)
          })
          yield* eventually(
            Effect.promise(() => fetch(`${first.url}/readyz`).then(({ status }) => status)),
            (is) => is === 200
          )
          yield* Effect.sleep("3 seconds")
          yield* same
          yield* raw(redis.port, ["FLUSHALL"])
          yield* eventually(areOnAir(first, before.map(({ id }) => id)), (are) => are)
          yield* Effect.sleep("4 seconds")
          yield* same
          yield* viewer.awaitPicture()
          assert.deepStrictEqual(tap.overlaps(), [])
        }),
      240_000
    )

    it.effect(
      "workers cut off from Redis, from Janus, from both: each gives up when it must, and touches nothing after",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { first, janus, redis, tap } = fleet
          const names = ["redis", "janus", "both"] as const
          const begun = yield* Effect.forEach(names, (name) =>
            Effect.gen(function*() {
              const ways = { janus: yield* proxy(janus.port), redis: yield* proxy(redis.port) }
              const worker = yield* fleet.worker(`no-${name}`, { janus: ways.janus.port, redis: ways.redis.port }, {
                HEADEND_WORKER_CAPACITY: name === "redis" ? "2" : "1"
              })
              const one = yield* fleet.onAir(`cut-${name}`, fleet.pattern)
              if (name === "redis") {
                yield* fleet.onAir("cut-feed", fleet.feed)
                assert.strictEqual((yield* fleet.onAir("cut-stop", fleet.feed)).owner?.worker, worker.id)
              }
              assert.strictEqual(one.owner?.worker, worker.id)
              return { name, worker, one, ...ways }
            }))
          const whole = yield* fleet.worker("whole")
          const crew = yield* Effect.forEach(begun, (each) =>
            Effect.map(fleet.onAirWith(each.one.id, [each.worker]), (one) => ({ ...each, one })))
          const [noRedis, noJanus, neither] = crew
          yield* Effect.all([noRedis!.redis.cut, noJanus!.janus.cut, neither!.redis.cut, neither!.janus.cut])
          const at = performance.now()
          // its owner does not hear of it, and sends on until another has taken it down
          const doomed = yield* first.get("cut-stop")
          yield* first.call("DELETE", "/v1/broadcasts/cut-stop")
          const gone = yield* Effect.forkChild(
            Effect.map(
              eventually(fleet.lists.mountpoints, (all) =>
                !all.some(({ id }) => id === doomed.mountpoint!.id)),
              () => performance.now()
            )
          )

          const degraded = yield* first.until("cut-janus", ({ state }) => state === "degraded")
          assert.include(degraded.health.hops.filter(({ status }) => status === "bad").map(({ hop }) => hop), "janus")
          yield* fleet.areGone([neither!.one.relay!.pid!])
          for (const { name } of [noRedis!, neither!]) {
            yield* fleet.onAirWith(`cut-${name}`, [whole])
            console.log(`cut off from ${name}, on air on another: ${(performance.now() - at).toFixed(0)} ms`)
          }
          yield* fleet.onAirWith("cut-feed", [whole])
          yield* fleet.areGone([noRedis!.one.relay!.pid!])
          const goneAt = yield* Fiber.join(gone)
          const silence = goneAt - Math.max(...tap.senders(fleet.videoPort(doomed)).map(({ last }) => last))
          console.log(`taken down for it: ${(goneAt - at).toFixed(0)} ms, silent before for ${silence.toFixed(0)} ms`)
          assert.isAtLeast(silence, 1_000)
          assert.strictEqual((yield* first.until("cut-stop", ({ state }) => state === "stopped")).leftBehind.length, 0)
          const still = yield* first.get("cut-janus")
          assert.deepStrictEqual([still.owner, still.relay?.pid], [noJanus!.one.owner, noJanus!.one.relay?.pid])
          yield* fleet.onAirWith("cut-janus", [whole], 90)
          console.log(`cut off from janus, on air on another: ${(performance.now() - at).toFixed(0)} ms`)

          const owners = yield* fleet.ownersOf(names.map((name) => `cut-${name}`))
          yield* Effect.all([noRedis!.redis.mend, noJanus!.janus.mend, neither!.redis.mend, neither!.janus.mend])
          yield* Effect.sleep("5 seconds")
          assert.deepStrictEqual(yield* fleet.ownersOf(names.map((name) => `cut-${name}`)), owners)
          assert.deepStrictEqual(crew.flatMap(({ worker }) => worker.relays()), [])
          for (const name of names) assert.strictEqual((yield* first.get(`cut-${name}`)).state, "running")
          assert.deepStrictEqual(tap.overlaps(), [])
          for (const { one } of crew) assert.isAtLeast(tap.senders(fleet.videoPort(one)).length, 2)
        }),
      360_000
    )
  })
})
