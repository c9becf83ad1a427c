import { RuntapeError } from '@runtape/core'

/**
 * The JSON of an argument.
 *
 * @throws {RuntapeError} `invalid-option` for a value that would arrive as another one
 */
export function jsonOf(member: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value, exactly)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw refused(member, `cannot be sent as JSON (${error.message})`)
  }
}

function exactly(name: string, value: unknown): unknown {
  const isUnsendable =
    typeof value === 'bigint' ||
    typeof value === 'function' ||
    typeof value === 'symbol' ||
    (typeof value === 'number' && !Number.isFinite(value))
  if (isUnsendable) throw new TypeError(`${name === '' ? 'it' : `"${name}"`} is ${shown(value)}`)
  return value
}

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
