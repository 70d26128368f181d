// The stations of the media in their order, each with what shows how it is.
import type { HopHealth } from "@headend/core/Health"
import { evidence, hopWords } from "../model/hops.ts"
import { Since } from "./Since.tsx"

const Hop = ({ hop }: { readonly hop: HopHealth }) => (
  <li class={`hop ${hop.status}`} data-hop={hop.hop} data-status={hop.status}>
    <span class="name">{hop.hop}</span>
    <div class="reading">
      <span class="status">
        {hopWords[hop.status]} <Since at={hop.since} />
      </span>
      {hop.evidence !== null && <span class="evidence">{evidence(hop)}</span>}
    </div>
  </li>
)

export const Hops = ({ hops }: { readonly hops: ReadonlyArray<HopHealth> }) =>
  hops.length === 0
    ? null
    : <ol class="hops" aria-label="Hops">{hops.map((hop) => <Hop key={hop.hop} hop={hop} />)}</ol>
