// What the health of the installation says that the page must act upon.
import type { Health } from "@headend/api/Health"

/** Janus is the embedded fake: it takes every request and carries no picture. */
export const isJanusFake = (health: Health | undefined): boolean =>
  health?.components.some(({ evidence, name }) => name === "janus" && /\bfake\b/i.test(String(evidence))) ?? false

/** The components that are not well. */
export const unwell = (health: Health | undefined): Health["components"] =>
  health?.components.filter(({ status }) => status !== "ok") ?? []
