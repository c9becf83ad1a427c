import { RuntapeError } from '@runtape/core'
import { readFilter } from '@runtape/core/filter'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { Misuse } from './usage-error.ts'

/** `--where` of a command. */
export const whereFlag = (of: 'runs' | 'traces'): Flag => ({
  value: 'filter',
  multiple: true,
  about: `only ${of} that match, as in 'feedback:negative cost>0.02 "late order"'; repeated, all must match`,
})

export interface Where {
  /** Conditions of the older form `name=value`. */
  readonly named: Readonly<Record<string, string>>
  /** The text of all filters. */
  readonly filter?: string
}

/** The conditions of all `--where`: filters, and `name=value` with one of `names`. */
export function whereOf(args: Args, names: readonly string[]): Where {
  const texts = args.whole('where')
  const filters = texts.filter(text => !isNamed(text)).map(checkedFilter)
  const named = texts.filter(isNamed).flatMap(text => text.split(',').filter(Boolean))
  return {
    named: Object.fromEntries(named.map(condition => conditionOf(condition, names))),
    ...(filters.length > 0 && { filter: filters.join(' ') }),
  }
}

/** The older form: filters have no operator `=`. */
const isNamed = (text: string): boolean => /^[A-Za-z]+=/.test(text)

function conditionOf(condition: string, names: readonly string[]): readonly [string, string] {
  const [name = '', ...rest] = condition.split('=')
  const value = rest.join('=')
  if (names.includes(name) && value !== '') return [name, value]
  const step = `Write a filter, as in --where 'feedback:negative cost>0.02', or name=value with ${names.join(', ')}.`
  if (rest.length === 0 || value === '')
    throw new Misuse(`--where name=value has no value (got "${condition}"). ${step}`)
  throw new Misuse(`--where has no name "${name}" (got "${condition}"). ${step}`)
}

function checkedFilter(text: string): string {
  try {
    readFilter(text)
    return text
  } catch (error) {
    if (!RuntapeError.isInstance(error)) throw error
    throw new Misuse(`--where: ${error.message}${pointer(text, error.message)}`)
  }
}

/** The filter with a mark under the character that the message names. */
function pointer(text: string, message: string): string {
  const character = Number(/at character (\d+)/.exec(message)?.[1] ?? 0)
  if (character === 0 || /[\n\r\t]/.test(text)) return ''
  return `\n  ${text}\n  ${' '.repeat(character - 1)}^`
}
