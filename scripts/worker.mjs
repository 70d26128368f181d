// `pnpm worker`: there is no worker of its own yet, and this says so.
console.error("The worker runs inside the HTTP app for now: start it with `pnpm http`.")
process.exit(1)
