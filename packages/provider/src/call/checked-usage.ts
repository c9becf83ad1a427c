import type { TokenUsage } from '@runtape/core'
import { usageProblem } from '@runtape/core/internal'

/** Counts as a host sent them, or `undefined`. */
export type ToldUsage = { readonly [Count in keyof TokenUsage]?: TokenUsage[Count] | undefined }

let noted: string[] | undefined

/** Adds a doubt about a usage, for the warning that `readWithDoubts` leads to. */
export const doubt = (what: string): void => void noted?.push(what)

/** What `read` returns, with its doubts: one clause for each count that was not accepted. */
export function readWithDoubts<T>(read: () => T): { readonly value: T; readonly doubts: readonly string[] } {
  const outer = noted
  const doubts: string[] = []
  noted = doubts
  try {
    return { value: read(), doubts }
  } finally {
    noted = outer
  }
}

/** A count, or `undefined` if it is invalid. `name` is for the warning that it was omitted. */
export function countOf(count: unknown, name?: string): number | undefined {
  if (count === undefined || count === null) return undefined
  if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number
  if (name !== undefined) doubt(`${name} (${count}) is not a token count`)
  return undefined
}

/**
 * The count of a part of `whole`, or `undefined` if it is invalid: the whole is valid without it. The names are for the
 * warning that the part was omitted.
 */
export function partOf(
  told: unknown,
  whole: number | undefined,
  name?: string,
  nameOfWhole?: string,
): number | undefined {
  const count = countOf(told, name)
  if (count === undefined || count <= (whole ?? 0)) return count
  if (name !== undefined) doubt(`${name} (${count}) is more than ${nameOfWhole} (${whole ?? 0})`)
  return undefined
}

type Sums = 'input' | 'output' | 'total'

/** The whole that each part belongs to. A whole comes before its parts. */
const wholes: Readonly<Record<Exclude<keyof TokenUsage, Sums>, keyof TokenUsage>> = {
  cachedInput: 'input',
  cacheWrite: 'input',
  cacheWrite1h: 'cacheWrite',
  reasoning: 'output',
  inputAudio: 'input',
  outputAudio: 'output',
  inputImage: 'input',
  outputImage: 'output',
  inputVideo: 'input',
  outputVideo: 'output',
  cachedInputAudio: 'cachedInput',
  cachedInputImage: 'cachedInput',
}

const partsAndWholes = Object.entries(wholes) as [keyof typeof wholes, keyof TokenUsage][]

/**
 * A usage that can be billed; `undefined` if `input` is missing or a count is not an integer. A part that exceeds its
 * whole is omitted, with a doubt. Default of `output`: 0; of `total`: `input + output`.
 */
export function checkedUsage({ input, output = 0, total, ...parts }: ToldUsage): TokenUsage | undefined {
  if (input === undefined) return undefined
  const usage: { -readonly [Count in keyof TokenUsage]: TokenUsage[Count] } = {
    input,
    output,
    total: total ?? input + output,
  }
  if (usageProblem({ ...usage, ...parts } as TokenUsage) !== undefined) return undefined
  for (const [name, whole] of partsAndWholes) {
    if (parts[name] === undefined) continue
    const count = partOf(parts[name], usage[whole] ?? Number.MAX_SAFE_INTEGER, name, whole)
    if (count !== undefined) usage[name] = count
  }
  return usage
}
