import type { Payload } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { decodeWith } from '../capture/decode.ts'
import { errorPrototype } from '../capture/kinds/error-classes.ts'
import { putState } from '../effects/object-states.ts'
import { type FoundPlace, findPlace } from './find-place.ts'
import { failOnRead, missing } from './missing.ts'
import { read } from './read-kept.ts'
import type { Served } from './served-call.ts'

/**
 * The error of the recorded call: an instance of its class, with its fields. Parts that are not on the tape throw when they are
 * read. An error of an unknown class is a miss, because code that checks the class would behave differently.
 */
export function thrownAgain(served: Pick<Served, 'error' | 'thrown' | 'missing' | 'effects'>): unknown {
  const { thrown, error, effects } = served
  if (thrown) return thrown.value
  if (!error) return undefined
  try {
    const value = errorFromTape(error, what => missing(served, what))
    putState(value, effects?.errorState)
    return value
  } catch (problem) {
    return problem
  }
}

/** Why this recorded error cannot be thrown again, or `undefined` if it can. */
export function whyNotThrown(error: Payload): string | undefined {
  try {
    errorFromTape(error, what => new Error(what))
    return undefined
  } catch (problem) {
    return messageOf(problem).replace(/\.$/, '')
  }
}

type Miss = (what: string) => Error

function errorFromTape(payload: Payload, miss: Miss): unknown {
  const { truncated, redacted = [], lossy = [] } = payload
  if (truncated !== undefined) throw miss(`the recorded error was too large to keep (${truncated} bytes)`)
  const unknown: string[] = []
  const value = read(() => decodeWith(payload, { search: true, incomplete: why => unknown.push(why) }))
  if (unknown.length > 0) throw miss(`the recorded error cannot be recreated: ${unknown[0]}`)
  for (const path of redacted) hide(value, path, 'it was redacted', miss)
  for (const entry of lossy) {
    const found = findPlace(value, entry)
    const what = entry.slice(found?.rest ?? 0).replace(/^: /, '')
    if (!(found && becameOfClass(found, what))) hide(value, entry, what, miss)
  }
  return value
}

// A tape of an older version lists the class of an error among its losses.
function becameOfClass({ value }: FoundPlace, what: string): boolean {
  const name = /^an instance of (.+), kept as \w+$/.exec(what)?.[1]
  if (name === undefined || !(value instanceof Error)) return false
  const prototype = errorPrototype([name], true)
  if (typeof prototype === 'string') return false
  Object.setPrototypeOf(value, prototype)
  return true
}

function hide(value: unknown, entry: string, why: string, miss: Miss): void {
  const found = findPlace(value, entry)
  // A property with a unique symbol as its key is missing.
  if (!found && symbolKey.test(entry)) return
  const { owner, key } = found ?? {}
  if (
    !found ||
    owner === undefined ||
    key === undefined ||
    !isOpen(owner) ||
    (owner === value && isSaid(key))
  )
    throw miss(`the tape does not have the recorded error unchanged (${entry})`)
  const path = entry.slice(0, found.rest)
  // Printing an error reads it.
  if (key === 'stack')
    Reflect.defineProperty(owner, key, { value: 'not on the tape', writable: true, configurable: true })
  else
    failOnRead(owner, key, () =>
      miss(`the code read ${path} of the recorded error, which is not on the tape: ${why}`),
    )
}

const symbolKey = /\.Symbol\(.*\): a property with a symbol/

const isSaid = (key: string | number): boolean => key === 'message' || key === 'name'

// Reads inside a Map or a Set cannot be observed.
const isOpen = (owner: object): boolean => !(owner instanceof Map || owner instanceof Set)
