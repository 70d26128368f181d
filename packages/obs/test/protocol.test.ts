// The fake OBS server does on the wire what OBS does.
import * as FakeObsServer from "@headend/testing/FakeObsServer"
import { Effect, Layer } from "effect"
import * as Protocol from "./support/protocol.ts"

Protocol.suite(
  "the fake OBS server",
  Layer.effect(
    Protocol.Server,
    Effect.map(FakeObsServer.scoped({ password: "wire-password" }), (obs) => {
      obs.switches.serverAway = ({ server }) => server.endsWith("/refused")
      return { url: obs.url, password: "wire-password" }
    })
  )
)
