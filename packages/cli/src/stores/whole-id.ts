import { Misuse } from '../arguments/usage-error.ts'

/** How many of the newest records an abbreviated id is looked up among. A list of all of them would take long. */
export const mostRecent = 500

const leastLength = 4
const mostShown = 5

/**
 * The one id that starts with the given text, which may end in an ellipsis, as in a shortened id.
 *
 * @param what names the records, for the error
 * @returns `undefined` if none of them does
 * @throws {Misuse} if several do
 */
export function wholeId(given: string, ids: Iterable<string>, what: string): string | undefined {
  const start = startOf(given)
  if (start === undefined) return undefined
  const [first, ...others] = new Set([...ids].filter(id => id.startsWith(start)))
  if (others.length === 0) return first
  const shown = [first, ...others].slice(0, mostShown).join(', ')
  const more = others.length >= mostShown ? `, and ${others.length + 1 - mostShown} more` : ''
  throw new Misuse(
    `"${given}" is the start of several ${what}: ${shown}${more}. Add letters until it is one.`,
  )
}

/** Whether a text that is no whole id may be the start of one. */
export const mayBeStart = (given: string): boolean => startOf(given) !== undefined

function startOf(given: string): string | undefined {
  const start = given.replace(/(…|\.\.\.|-)+$/, '')
  return start.length >= leastLength ? start : undefined
}

/** For an error: how ids may be written. */
export const idRule = `An id may be shortened to its start, ${leastLength} letters or more, if it is among the newest ${mostRecent}.`
