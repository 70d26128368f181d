// What a start would do, step by step, before anything is done.
import type { Plan, PlanStep } from "@headend/core/Plan"

const detail = ({ command, request }: PlanStep): string | undefined =>
  command !== undefined ? command.join(" ") : request === undefined ? undefined : JSON.stringify(request, null, 2)

const Step = ({ step }: { readonly step: PlanStep }) => {
  const what = detail(step)
  const title = (
    <>
      <strong>{step.hop}</strong> {step.does}
      {step.when !== undefined && <span class="quiet">{` (${step.when})`}</span>}
    </>
  )
  return (
    <li data-hop={step.hop}>
      {what === undefined ? title : (
        <details>
          <summary>{title}</summary>
          <pre>{what}</pre>
        </details>
      )}
    </li>
  )
}

export const PlanView = ({ plan }: { readonly plan: Plan }) => (
  <div class="plan" id="plan">
    {/* announced with the warnings; the steps are read by whoever wants them */}
    <div role="status">
      <h3>
        {plan.steps.length === 0
          ? "Nothing would be done on any server."
          : "This would be done. Nothing has been touched."}
      </h3>
      {plan.warnings.length > 0 && (
        <ul class="warnings">{plan.warnings.map((warning) => <li key={warning}>{warning}</li>)}</ul>
      )}
    </div>
    <ol>{plan.steps.map((step, i) => <Step key={`${i} ${step.does}`} step={step} />)}</ol>
  </div>
)
