// The fields of a form, each with its label.
import type { Failed } from "../live/api.ts"
import type { Answers, Field } from "../model/forms.ts"

const nameOf = (path: string) => `start-${path.replaceAll(".", "-")}`

const Input = ({ answer, field, isWrong, onAnswer }: {
  readonly field: Field
  readonly answer: string
  readonly isWrong: boolean
  readonly onAnswer: (answer: string) => void
}) => {
  const name = nameOf(field.path)
  if (field.type === "choice") {
    return (
      <select id={name} value={answer} onChange={(event) => onAnswer(event.currentTarget.value)}>
        {field.choices?.map((choice) => <option key={choice} value={choice}>{choice}</option>)}
      </select>
    )
  }
  if (field.type === "flag") {
    return (
      <input
        id={name}
        type="checkbox"
        checked={answer === "true"}
        onChange={(event) => onAnswer(event.currentTarget.checked ? "true" : "")}
      />
    )
  }
  const rest = {
    id: name,
    value: answer,
    required: field.required === true,
    placeholder: field.placeholder ?? "",
    autoCapitalize: "off" as const,
    spellcheck: false,
    ...(isWrong ? { "aria-invalid": true, "aria-describedby": `${name}-wrong` } : {}),
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onAnswer(event.currentTarget.value)
  }
  return field.type === "secret"
    ? <input type="password" autoComplete="new-password" {...rest} />
    : <input type="text" autoComplete="off" inputMode={field.type === "number" ? "numeric" : "text"} {...rest} />
}

export const Fields = ({ answers, failed, fields, onAnswer }: {
  readonly fields: ReadonlyArray<Field>
  readonly answers: Answers
  /** What the server says of single fields is shown beside them. */
  readonly failed: Failed | undefined
  readonly onAnswer: (path: string, answer: string) => void
}) => (
  <div class="fields">
    {fields.map((field) => {
      const wrong = failed?.fields.find(({ path }) => path === field.path)
      return (
        <div key={field.path} class="field">
          <label class={field.type}>
            <span>{field.label}</span>
            <Input
              field={field}
              answer={answers[field.path] ?? field.choices?.[0] ?? ""}
              isWrong={wrong !== undefined}
              onAnswer={(answer) => onAnswer(field.path, answer)}
            />
          </label>
          {wrong !== undefined && <p class="wrong" id={`${nameOf(field.path)}-wrong`}>{wrong.message}</p>}
        </div>
      )
    })}
  </div>
)
