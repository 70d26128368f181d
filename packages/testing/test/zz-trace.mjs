import { Journal } from "../src/Journal.ts"
import { Dice } from "./scenario/stormSpecs.ts"
import { MemoryRegistry } from "../../core/src/internal/memoryRegistry.ts"
import { EventLog } from "../../core/src/internal/eventLog.ts"
const [seed, starts, ...words] = process.argv.slice(2)
const lines = []
let now = 0
const write = EventLog.prototype.write
EventLog.prototype.write = function(row, run, at, body) { now = at; lines.push(`${at} EVENT ${run.declaration.id}/${run.run} e${row.epoch} ${JSON.stringify(body).slice(0,200)}`); return write.call(this, row, run, at, body) }
Journal.prototype.write = function(e) { if (e.call !== "registry.renew" && e.call !== "registry.claim") lines.push(`${now} ${e.call} ${e.id} ${e.outcome}`) }
for (const name of ["claim","renew","report","release","declare","requestStop"]) {
  const f = MemoryRegistry.prototype[name]
  MemoryRegistry.prototype[name] = function(...a) { const r = f.apply(this, a); now = a.at(-1)
    if (name === "claim" ? r.length > 0 : name !== "renew" || r.length>0) lines.push(`${now} REG ${name} ${JSON.stringify(a[0]?.id ?? a[0])} ${JSON.stringify(a[0]?.worker ?? "")}${a[0]?.epoch ?? ""} ${name==="report"? JSON.stringify({held:a[1].held?.map(h=>h.kind+h.key), state:a[1].state, ending:a[1].ending?.code}):""} ${name==="claim"?r.map(c=>`${c.id}/${c.run} e${c.epoch} ${c.wanted} held ${c.held.map(h=>h.kind+h.key)}`):name==="renew"?JSON.stringify(r):r?._tag}`)
    return r }
}
const { FakeMedia } = await import("../src/internal/media.ts")
const fwd = FakeMedia.prototype.forward
FakeMedia.prototype.forward = function(room, pub, f, at) { now = at; lines.push(`${at} FORWARD room ${room.id} pub ${pub} to ${f.port}`); return fwd.call(this, room, pub, f, at) }
const stp = FakeMedia.prototype.stop
FakeMedia.prototype.stop = function(room, which, at) { const was = [...room.forwarders.values()].filter(which).map((x) => x.publisher + " to " + x.forward.port); if (was.length) lines.push(`${at} STOPPED room ${room.id} ${was}`); return stp.call(this, room, which, at) }
const add = FakeMedia.prototype.addMountpoint
FakeMedia.prototype.addMountpoint = function(spec, mark, at) { const m = add.call(this, spec, mark, at); lines.push(`${at} MOUNTPOINT ${spec.id} of ${mark?.broadcast}/${mark?.run} e${mark?.epoch} ports ${m.tracks.map((t) => t.port)} end`); return m }
const rem = FakeMedia.prototype.removeMountpoint
FakeMedia.prototype.removeMountpoint = function(id) { lines.push(`${now} REMOVED ${id} ports ${this.mountpoints.get(id)?.tracks.map((t) => t.port)} end`); return rem.call(this, id) }
const { storm } = await import("./scenario/storm.ts")
const { Effect, References } = await import("effect")
const { TestClock } = await import("effect/testing")
const { wrong, steps } = await Effect.runPromise(storm(+seed, +starts).pipe(Effect.provide(TestClock.layer()), Effect.provideService(References.MinimumLogLevel, "None")))
console.log(wrong)
for (const l of lines) if (words.some((w) => l.includes(w))) console.log(l)
