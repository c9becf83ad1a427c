import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'

/**
 * The JSON of an argument.
 *
 * @throws {RuntapeError} `invalid-option` for a value that would arrive as another one
 */
export function jsonOf(member: string, value: unknown): string | undefined {
  const exactly = (name: string, part: unknown): unknown => {
    if (!isUnsendable(part)) return part
    throw refused(member, `cannot be sent as JSON: ${name === '' ? 'it' : `"${name}"`} is ${shown(part)}`)
  }
  try {
    return JSON.stringify(value, exactly)
  } catch (error) {
    if (RuntapeError.isInstance(error)) throw error
    throw refused(member, `cannot be sent as JSON (${messageOf(error)})`)
  }
}

const isUnsendable = (value: unknown): boolean =>
  ['bigint', 'function', 'symbol'].includes(typeof value) ||
  (typeof value === 'number' && !Number.isFinite(value))

/**
 * The fields of a query.
 *
 * @throws {RuntapeError} `invalid-option`
 */
export function fieldsOfArgument(member: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(member, `must be an object (got ${shown(value)})`)
  // Checks the values, too.
  return JSON.parse(jsonOf(member, value) ?? '{}') as Record<string, unknown>
}

const refused = (member: string, problem: string): RuntapeError =>
  new RuntapeError('invalid-option', `The argument of ${member} ${problem}. Pass plain data.`)

const shown = (value: unknown): string =>
  typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value)
