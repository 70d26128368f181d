// The fields of a form, each with its label.
import type { Answers, Field } from "../model/forms.ts"

const Input = ({ answer, field, onAnswer }: {
  readonly field: Field
  readonly answer: string
  readonly onAnswer: (answer: string) => void
}) => {
  const name = `start-${field.path.replaceAll(".", "-")}`
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
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onAnswer(event.currentTarget.value)
  }
  return field.type === "secret"
    ? <input type="password" autoComplete="new-password" {...rest} />
    : <input type="text" autoComplete="off" inputMode={field.type === "number" ? "numeric" : "text"} {...rest} />
}

export const Fields = ({ answers, fields, onAnswer }: {
  readonly fields: ReadonlyArray<Field>
  readonly answers: Answers
  readonly onAnswer: (path: string, answer: string) => void
}) => (
  <div class="fields">
    {fields.map((field) => (
      <label key={field.path} class={field.type}>
        <span>{field.label}</span>
        <Input
          field={field}
          answer={answers[field.path] ?? field.choices?.[0] ?? ""}
          onAnswer={(answer) => onAnswer(field.path, answer)}
        />
      </label>
    ))}
  </div>
)
