import { RuntapeError } from '../errors.ts'
import { shown } from './read-query.ts'

/** @throws {RuntapeError} `invalid-option` if it is no object, or has an unknown argument: a misspelt one would be ignored */
export function requireKnown(of: string, value: unknown, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RuntapeError('invalid-option', `${of} needs an object (got ${shown(value)}).`)
  for (const name of Object.keys(value))
    if (!names.includes(name))
      throw new RuntapeError(
        'invalid-option',
        `${of} has no argument ${JSON.stringify(name)}. Use some of ${names.join(', ')}.`,
      )
}
