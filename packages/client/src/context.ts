import type { RunContext } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'

/** A context for evaluation, or why it is invalid. */
export type ContextReading = { readonly context: RunContext } | { readonly problem: string }

/** Reads the application's context. Never throws, whatever the context does when it is read. */
export function readContext(given: unknown): ContextReading {
  try {
    return contextOf(given)
  } catch (error) {
    return { problem: `the context cannot be read (${messageOf(error)})` }
  }
}

type Fields = Readonly<Record<string, unknown>>

function contextOf(given: unknown): ContextReading {
  if (typeof given !== 'object' || given === null) return { problem: 'no context was given' }
  // A copy, so that later changes by the application do not reach the run's events.
  const fields: Fields = { ...given }
  if (fields.kind === 'multi') return multiContext(fields)
  const { key, kind } = given as Fields
  const problem = keyProblem(key)
  if (problem !== undefined) return { problem }
  if (typeof kind === 'string' && kind !== '') return { context: { ...fields, kind, key: key as string } }
  return { context: userOf({ ...fields, key }) }
}

function keyProblem(key: unknown): string | undefined {
  if (typeof key !== 'string')
    return `the context's key must be a string (got ${key === null ? 'null' : typeof key})`
  return key === '' ? "the context's key is empty" : undefined
}

/**
 * As in all flag SDKs, a context without a kind is a user. LaunchDarkly's older SDKs kept a user's attributes in `custom`, and
 * named the private ones in `privateAttributeNames`.
 */
function userOf({ custom, privateAttributeNames, ...fields }: Fields): RunContext {
  const user = { ...fields, kind: 'user', key: fields.key as string }
  if (!isObject(custom) && !Array.isArray(privateAttributeNames))
    return custom === undefined ? user : { ...user, custom }
  return {
    ...(isObject(custom) && custom),
    ...user,
    ...(Array.isArray(privateAttributeNames) && { _meta: { privateAttributes: privateAttributeNames } }),
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Several contexts in one. Its key combines theirs as LaunchDarkly does: `org:acme:user:ann`. */
function multiContext(fields: Fields): ContextReading {
  const members = Object.entries(fields).filter(([name]) => name !== 'kind' && name !== 'key')
  if (members.length === 0) return { problem: "the context has kind 'multi' but contains no context" }
  for (const [name, member] of members) {
    const problem = isObject(member) ? keyProblem(member.key) : 'it is not a context'
    if (problem !== undefined) return { problem: `the context's part '${name}' cannot be used: ${problem}` }
  }
  return { context: { ...Object.fromEntries(members), kind: 'multi', key: multiKey(members) } }
}

const multiKey = (members: readonly [string, unknown][]): string =>
  members
    .map(([kind, member]) => `${kind}:${encoded((member as Fields).key as string)}`)
    .sort()
    .join(':')

const encoded = (key: string): string => key.replaceAll('%', '%25').replaceAll(':', '%3A')

/** The context in LaunchDarkly's form: one with several kinds has no own key. */
export function launchDarklyContext(context: RunContext): RunContext {
  if (context.kind !== 'multi') return context
  const { key: _, ...members } = context
  return members as RunContext
}
