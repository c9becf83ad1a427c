import { type Logger, warnSafely } from '../logger.ts'

/** A successful call whose usage is not known. */
export interface UnknownUsage {
  /** Which call: `openai.chat.completions`. */
  readonly call: string
  /** Who answered: a host, or one of several models behind a host. */
  readonly host: string
  /** The usage field of the answer. */
  readonly told: unknown
}

/** A usage with a part that cannot be right. */
export interface DoubtfulUsage extends UnknownUsage {
  /** One clause per rejected count, starting with its name. */
  readonly doubts: readonly string[]
}

/** A process calls few hosts, unless their names are generated per call. */
const maxSeen = 100
const seen = new Set<string>()

/**
 * Warns that a successful call reported no usable usage, so its tokens are not in the bill. Once for each host and form of usage.
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

/** Warns which parts of a usage are omitted to keep the others certain. Once for each host and set of parts. */
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

/** Names and types of its fields, without values; `undefined` if there is no usage. */
function shapeOf(told: unknown): string | undefined {
  if (told === undefined || told === null) return undefined
  if (typeof told !== 'object') return typeof told
  const fields = Object.entries(told)
  if (fields.length === 0) return undefined
  const shown = fields.slice(0, maxFields).map(([name, value]) => `${name.slice(0, 40)}: ${kindOf(value)}`)
  return `{ ${[...shown, ...(fields.length > maxFields ? ['…'] : [])].join(', ')} }`
}

/** Without their sign, invalid numbers would look like valid token counts. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'number') return typeof value
  if (value === 0) return '0'
  return Number.isSafeInteger(value) && value > 0 ? 'number' : 'not a whole number'
}
