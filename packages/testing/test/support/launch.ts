// Both kinds of server behind one interface, so that the same behaviours can be asked of them.
import { FakeJanusServer } from "@headend/testing/FakeJanusServer"
import * as dgram from "node:dgram"
import type { Options, Server } from "./behaviourParts.ts"
import { startJanus } from "./LocalJanus.ts"

export const launchFake = async (options: Options): Promise<Server> => {
  const server = await FakeJanusServer.start({ ...options, watchdogMillis: 100 })
  return {
    url: server.url,
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    restart: () => server.restart(),
    stop: () => server.close(),
    feed: (mountpoint) => server.feed(mountpoint)
  }
}

/** A packet every 20 ms: an RTP header with running number and time, and a little payload. */
const sendRtp = (ports: ReadonlyArray<number>): () => void => {
  const socket = dgram.createSocket("udp4")
  let sequence = 0
  const timer = setInterval(() => {
    const packet = Buffer.alloc(20)
    packet.writeUInt8(0x80, 0)
    packet.writeUInt8(111, 1)
    packet.writeUInt16BE(++sequence & 0xffff, 2)
    packet.writeUInt32BE(sequence * 960, 4)
    packet.writeUInt32BE(0x1234, 8)
    for (const port of ports) socket.send(packet, port, "127.0.0.1")
  }, 20)
  return () => {
    clearInterval(timer)
    socket.close()
  }
}

export const launchReal = async (options: Options): Promise<Server> => {
  const janus = await startJanus(options)
  return { ...janus, feed: (_mountpoint, ports) => sendRtp(ports) }
}

const bindable = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = dgram.createSocket("udp4")
    socket.once("error", () => resolve(false))
    socket.bind(port, () => socket.close(() => resolve(true)))
  })

/** The first of ten UDP ports in a row that nobody holds at the moment. */
export const freeUdpPorts = async (): Promise<number> => {
  for (;;) {
    const first = 46_000 + Math.floor(Math.random() * 1300) * 10
    const ports = Array.from({ length: 10 }, (_, index) => first + index)
    if ((await Promise.all(ports.map(bindable))).every(Boolean)) return first
  }
}
