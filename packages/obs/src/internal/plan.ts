// What would be asked of an OBS, in the order in which it would be asked.
import type { Destination } from "@headend/core/Encoder"
import type { Plan, PlanStep } from "@headend/core/Plan"

const masked = "***"
/** `known`: what is wrong with its settings, once it was looked at. */
export const plan = (
  url: string,
  { server }: Destination,
  takeOver: boolean,
  known: ReadonlyArray<string> | undefined
): Plan => {
  const step = (does: string, more: Omit<PlanStep, "hop" | "does" | "server"> = {}): PlanStep => ({
    hop: "encoder",
    does,
    server: "obs",
    ...more
  })
  return {
    steps: [
      step(`connect to OBS at ${url}, and ask whether another broadcast uses it`),
      step("read what it publishes to, and seal it into the ledger", {
        request: { requestType: "GetStreamServiceSettings" }
      }),
      ...(takeOver
        ? [step("end its stream", { request: { requestType: "StopStream" }, when: "if it streams to another place" })]
        : []),
      step("point it to the ingest", {
        request: {
          requestType: "SetStreamServiceSettings",
          requestData: {
            streamServiceType: "rtmp_custom",
            streamServiceSettings: { server, key: masked, use_auth: false }
          }
        }
      }),
      step("start, and wait until the ingest has taken it", { request: { requestType: "StartStream" } }),
      step("look at it every second", {
        request: { requests: [{ requestType: "GetStreamStatus" }, { requestType: "GetStats" }] }
      }),
      step("stop, wait until it is idle, and give it back what it published to before", {
        request: { requests: [{ requestType: "StopStream" }, { requestType: "SetStreamServiceSettings" }] },
        when: "at the end"
      })
    ],
    warnings: known ?? []
  }
}
