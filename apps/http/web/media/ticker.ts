// Beats from a worker: browsers slow down the timers of a page in the background, and the picture would stand.
const FRAMES_PER_SECOND = 30

setInterval(() => postMessage(0), 1_000 / FRAMES_PER_SECOND)
