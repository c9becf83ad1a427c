import { type Logger, warnSafely } from '../logger.ts'

/** A successful call whose usage is not known. */
export interface UnknownUsage {
  /** Which call: `openai.chat.completions`. */
  readonly call: string
  /** Who answered: a host, or a model behind one host of many. */
  readonly host: string
  /** What the answer has as its usage. */
  readonly told: unknown
}

/** A usage of which a part cannot be right. */
export interface DoubtfulUsage extends UnknownUsage {
  /** One sentence part for each count that was not taken as told, beginning with its name. */
  readonly doubts: readonly string[]
}

/** A process has few hosts, unless their names are made up for each call. */
const maxSeen = 100
const seen = new Set<string>()

/**
 * Says that a successful call told no usage that is understood, so that its tokens are not in the bill; once for each
 * host and shape of what it told.
 */
export function warnOfUnknownUsage({ call, host, told }: UnknownUsage, logger: Logger): void {
  const shape = shapeOf(told)
  if (!isNew([call, host, shape])) return
  const what =
    shape === undefined ? 'reported no usage' : `reported usage in a form that is not understood: ${shape}`
  warnSafely(
    logger,
    `A successful call ${what} (${call} at ${host}). The bill shows its run with unknown usage and no price for it. Make the host report usage, or count it yourself: tracker.trackTokens({ input, output, total }).`,
  )
}

/** Says which parts of a usage are left out, so that the others are certain; once for each host and parts. */
export function warnOfDoubtfulUsage({ call, host, told, doubts }: DoubtfulUsage, logger: Logger): void {
  const parts = doubts.map(doubt => doubt.slice(0, doubt.indexOf(' ')))
  if (!isNew([call, host, shapeOf(told), parts])) return
  warnSafely(
    logger,
    `A call reported usage that cannot all be right (${call} at ${host}): ${doubts.join(', ')}. The bill contains only what is certain. Make the host report usage as it documents it, or count it yourself: tracker.trackTokens({ input, output, total }).`,
  )
}

function isNew(about: readonly unknown[]): boolean {
  const key = JSON.stringify(about)
  if (seen.has(key) || seen.size >= maxSeen) return false
  seen.add(key)
  return true
}

const maxFields = 12

/** The names and types of its fields, no values; `undefined` where there is no usage. */
function shapeOf(told: unknown): string | undefined {
  if (told === undefined || told === null) return undefined
  if (typeof told !== 'object') return typeof told
  const fields = Object.entries(told)
  if (fields.length === 0) return undefined
  const shown = fields.slice(0, maxFields).map(([name, value]) => `${name.slice(0, 40)}: ${kindOf(value)}`)
  return `{ ${[...shown, ...(fields.length > maxFields ? ['…'] : [])].join(', ')} }`
}

/** Numbers that are no count of tokens look like ones that are, without their sign. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'number') return typeof value
  if (value === 0) return '0'
  return Number.isSafeInteger(value) && value > 0 ? 'number' : 'not a whole number'
}
