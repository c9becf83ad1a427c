import type { RunContext } from '@runtape/core'
import { isObject } from '../is-object.ts'

/**
 * Whom an event was for: kind and key, and whether it is anonymous. Several kinds are one context of kind `multi`, whose key
 * combines theirs as LaunchDarkly does: `org:acme:user:ann`. Other attributes are left out: nobody chose to keep them.
 */
export function contextOf(event: Readonly<Record<string, unknown>>): RunContext | undefined {
  const { context, contextKeys } = event
  if (isObject(context)) return context.kind === 'multi' ? multiContext(context) : singleContext(context)
  // Some events only have the keys, by kind.
  return isObject(contextKeys) ? withKeys(Object.entries(contextKeys)) : undefined
}

function singleContext({ kind, key, anonymous }: Readonly<Record<string, unknown>>): RunContext | undefined {
  if (typeof key !== 'string' || key === '') return undefined
  const named = typeof kind === 'string' && kind !== '' ? kind : 'user'
  return { kind: named, key, ...(anonymous === true && { anonymous }) }
}

function multiContext({ kind: _, ...members }: Readonly<Record<string, unknown>>): RunContext | undefined {
  return withKeys(
    Object.entries(members).map(([kind, member]) => [kind, isObject(member) ? member.key : undefined]),
  )
}

function withKeys(keys: readonly (readonly [kind: string, key: unknown])[]): RunContext | undefined {
  const named = keys.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '')
  const [first] = named
  if (first === undefined) return undefined
  if (named.length === 1) return { kind: first[0], key: first[1] }
  const parts = named.map(([kind, key]) => `${kind}:${encoded(key)}`)
  return { kind: 'multi', key: parts.sort().join(':') }
}

const encoded = (key: string): string => key.replaceAll('%', '%25').replaceAll(':', '%3A')
