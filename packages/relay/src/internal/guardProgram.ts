/**
 * The guard's program, as text: it is run by `node -e`, so that it needs no file of its own wherever an app is bundled to.
 *
 * It reads lines from the worker: `+123` a process group began, `-123` it ended, `.` the worker lives. The end of the
 * pipe means that the worker is gone, silence that it is frozen; either way every group is killed.
 */
export const guardProgram = `
const limit = Number(process.argv[1])
const groups = new Set()
let heard = Date.now()
let ticked = Date.now()
let rest = ""
const killAll = () => {
  for (const group of groups) {
    try { process.kill(-group, "SIGKILL") } catch {}
  }
  groups.clear()
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {})
process.stdin.on("data", (data) => {
  heard = Date.now()
  const lines = (rest + data).split("\\n")
  rest = lines.pop()
  for (const line of lines) {
    const group = Number(line.slice(1))
    if (!(group > 1)) continue
    if (line[0] === "+") groups.add(group)
    if (line[0] === "-") groups.delete(group)
  }
})
const end = () => { killAll(); process.exit(0) }
process.stdin.on("end", end)
process.stdin.on("error", end)
setInterval(() => {
  const now = Date.now()
  // this process was frozen itself, with the whole machine: the worker gets its time anew
  if (now - ticked > 1500) heard = now
  ticked = now
  if (now - heard > limit) killAll()
}, 100)
`
