import { parseArgs } from 'node:util'
import { messageOf } from '@runtape/core/internal'
import { Args, type Values } from './args.ts'
import { didYouMean } from './closest.ts'
import type { Command } from './command.ts'
import { Misuse } from './usage-error.ts'

/** @throws {Misuse} for an unknown flag, or one without its value */
export function argsOf({ name, flags }: Command, words: readonly string[]): Args {
  const options = Object.entries(flags).map(([flag, { value, multiple = false, short }]) => [
    flag,
    { type: value === undefined ? 'boolean' : 'string', multiple, ...(short && { short }) } as const,
  ])
  try {
    const { positionals, values } = parseArgs({
      args: withOptional(flags, withNegatedFilters(words)),
      options: { ...Object.fromEntries(options), help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    refuseEmpty(values as Values)
    return new Args(positionals, values as Values)
  } catch (error) {
    if (error instanceof Misuse) throw error
    const [first = ''] = messageOf(error).split(/\.\s/)
    const [, unknown = ''] = /^Unknown option '--([^']+)'/.exec(first) ?? []
    const meant = didYouMean(unknown, [...Object.keys(flags), 'help'], '--')
    throw new Misuse(`${first}.${meant} "runtape ${name} --help" lists the flags.`)
  }
}

/** A filter may begin with a dash, as in `--where -status:success`, which `parseArgs` takes for a flag. */
function withNegatedFilters(words: readonly string[]): string[] {
  const isNegated = (word: string | undefined) => word !== undefined && /^-[^-]./.test(word)
  return words.flatMap((word, at) => {
    if (word === '--where' && isNegated(words[at + 1])) return [`--where=${words[at + 1]}`]
    return words[at - 1] === '--where' && isNegated(word) ? [] : [word]
  })
}

/** Adds the default to a flag whose value is optional, unless the next word is a value. */
function withOptional(flags: Command['flags'], words: readonly string[]): string[] {
  return words.map((word, at) => {
    const { optional } = (word.startsWith('--') && flags[word.slice(2)]) || {}
    if (optional === undefined || !isOther(words[at + 1])) return word
    return `${word}=${optional}`
  })
}

// Not a value: another flag, or the operand, which is a module and its export.
const isOther = (next: string | undefined): boolean =>
  next === undefined || next.startsWith('-') || /#|\.[cm]?[jt]sx?$/.test(next)

// A shell passes an empty string for an unset variable, and commas for several: they must not silently choose something else.
function refuseEmpty(values: Values): void {
  for (const [flag, value] of Object.entries(values))
    if ([value].flat().some(one => typeof one === 'string' && /^[,\s]*$/.test(one)))
      throw new Misuse(`--${flag} is empty. Give it a value, or omit it.`)
}
