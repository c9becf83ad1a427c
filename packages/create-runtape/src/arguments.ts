import { parseArgs } from 'node:util'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { type ModelChoice, modelChoices } from './templates/hosts.ts'
import { type StoreChoice, storeChoices } from './templates/stores.ts'

/** What the command was called with. */
export interface Arguments {
  readonly folder: string
  readonly sdk?: ModelChoice | undefined
  readonly store?: StoreChoice | undefined
  readonly installs: boolean
  readonly isHelp: boolean
}

export const usage = `Usage: npm create runtape [folder] -- [flags], or create-runtape [folder] [flags]

  --sdk <name>     ${modelChoices.join(', ')}
  --store <where>  ${storeChoices.join(', ')}
  --no-install     write the files only
  -h, --help       show this`

/** @throws {RuntapeError} `invalid-option` for an argument that is not in the help */
export function readArguments(words: readonly string[]): Arguments {
  const { positionals, values } = parsed(words)
  if (positionals.length > 1) throw refused(`One folder, please (got ${positionals.join(', ')}).`)
  return {
    folder: positionals[0] ?? 'runtape-app',
    sdk: oneOf('sdk', modelChoices, values.sdk),
    store: oneOf('store', storeChoices, values.store),
    installs: values['no-install'] !== true,
    isHelp: values.help === true,
  }
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        sdk: { type: 'string' },
        store: { type: 'string' },
        'no-install': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw refused(messageOf(error))
  }
}

/** @throws {RuntapeError} `invalid-option` for any other text */
export function oneOf<T extends string>(
  name: string,
  choices: readonly T[],
  given: string | undefined,
): T | undefined {
  if (given === undefined) return undefined
  const found = choices.find(choice => choice === given)
  if (found !== undefined) return found
  throw refused(`${name} must be one of ${choices.join(', ')} (got "${given}").`)
}

const refused = (message: string): RuntapeError => new RuntapeError('invalid-option', message)
