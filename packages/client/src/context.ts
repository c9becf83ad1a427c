import type { RunContext } from '@runtape/core'

/** Why nothing can be evaluated for this context, or `undefined` when it can. */
export function contextProblem(context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null) return 'no context was given'
  const { key } = context as { key?: unknown }
  if (typeof key !== 'string')
    return `the context's key must be a string (got ${key === null ? 'null' : typeof key})`
  return key === '' ? "the context's key is empty" : undefined
}

/** The context with a kind: as in every flag vendor's SDK, one without is a user. */
export function withKind(context: RunContext): RunContext {
  return typeof context.kind === 'string' && context.kind !== '' ? context : { ...context, kind: 'user' }
}
