/**
 * Carries the fields of one dictionary over into another, and keeps account: what was wrong, what was left out and why,
 * and where each new field came from. Every field must be asked for; what nobody asked for is wrong.
 */
import type { FieldError } from "../SpecInvalid.ts"

export type Path = FieldError["path"]

export interface Fields {
  readonly [name: string]: unknown
}

/** A field's new name, and how its value changes on the way. */
export type Target = string | readonly [name: string, change: (value: unknown) => unknown]

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isUnder = (path: Path, above: Path) =>
  above.length <= path.length && above.every((segment, i) => segment === path[i])

export class Account {
  readonly wrong: Array<FieldError> = []
  readonly left: Array<FieldError> = []
  private readonly origins: Array<{ readonly to: Path; readonly from: Path }> = []

  came(to: Path, from: Path): void {
    this.origins.push({ to, from })
  }

  /** Where a field of the new dictionary came from: by the longest part of its path that is known. */
  origin(path: Path): Path | undefined {
    const [nearest] = this.origins.filter(({ to }) => isUnder(path, to)).toSorted((a, b) => b.to.length - a.to.length)
    return nearest === undefined ? undefined : [...nearest.from, ...path.slice(nearest.to.length)]
  }

  /** The same mistake is not told twice: not of a field, and not of what is in it. */
  isWrong(path: Path): boolean {
    return this.wrong.some((one) => isUnder(path, one.path))
  }
}

/** One dictionary of what is carried over. `None` of Python is absent here. */
export class Dictionary {
  readonly path: Path
  private readonly fields: Fields
  private readonly account: Account
  private readonly asked = new Set<string>()

  constructor(value: unknown, path: Path, account: Account) {
    this.path = path
    this.account = account
    if (value !== undefined && !isFields(value)) account.wrong.push({ path, message: "expected a dictionary" })
    this.fields = isFields(value) ? value : {}
  }

  /** The value, which goes nowhere yet. */
  peek(name: string): unknown {
    this.asked.add(name)
    return this.fields[name] ?? undefined
  }

  has(name: string): boolean {
    return (this.fields[name] ?? undefined) !== undefined
  }

  at(name: string): Path {
    return [...this.path, name]
  }

  /** The value, which goes to that place. */
  take(name: string, to: Path): unknown {
    const value = this.peek(name)
    if (value !== undefined) this.account.came(to, this.at(name))
    return value
  }

  /** A dictionary inside this one. */
  inner(name: string): Dictionary {
    return new Dictionary(this.peek(name), this.at(name), this.account)
  }

  /** The dictionaries of a list, which goes to that place. */
  list(name: string, to: Path): ReadonlyArray<Dictionary> | undefined {
    const value = this.take(name, to)
    if (value === undefined) return undefined
    if (Array.isArray(value)) return value.map((one, i) => new Dictionary(one, [...this.at(name), i], this.account))
    this.wrong(name, "expected a list")
    return undefined
  }

  wrong(name: string, message: string): void {
    this.account.wrong.push({ path: this.at(name), message })
  }

  /** It is wrong that it is absent. */
  needs(name: string, message: string): void {
    if (!this.has(name)) this.wrong(name, message)
  }

  /** What has no place here, and does not change what is on air; nothing, when it was asked for before. */
  leave(name: string, message: string): void {
    if (!this.has(name) || this.asked.has(name)) return
    this.asked.add(name)
    this.account.left.push({ path: this.at(name), message })
  }

  /** Each field that is there, under its new name, in a dictionary at that place. */
  carry(table: Readonly<Record<string, Target>>, to: Path): Record<string, unknown> {
    const carried: Record<string, unknown> = {}
    for (const [name, target] of Object.entries(table)) {
      const [field, change] = typeof target === "string" ? [target, (value: unknown) => value] : target
      const value = this.peek(name)
      if (value === undefined) continue
      if (field in carried) this.wrong(name, `says the same as another field (${field}): give one`)
      else {
        carried[field] = change(value)
        this.account.came([...to, field], this.at(name))
      }
    }
    return carried
  }

  /** What nobody asked for. */
  close(reasonOf: (name: string) => string): void {
    for (const name of Object.keys(this.fields)) {
      if (this.has(name) && !this.asked.has(name)) this.wrong(name, reasonOf(name))
    }
  }
}
