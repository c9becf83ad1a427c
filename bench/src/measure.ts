/** One comparison: the cost of an operation relative to its floor. */
export interface Measurement {
  readonly name: string
  /** Nanoseconds for one call, the median of the rounds. */
  readonly floorNs: number
  readonly subjectNs: number
  /** Subject to floor: the median of the rounds, the minimum and the maximum. */
  readonly ratio: number
  readonly minRatio: number
  readonly maxRatio: number
  /** Ratio of the fastest rounds: the most reliable value on a busy machine. */
  readonly bestRatio: number
}

/** One call of the measured operation. If it returns a promise, each call is awaited. */
type Operation = () => unknown

const rounds = 15
const roundMs = 20

/**
 * Measures `subject` against `floor`, the same work without the measured part, and prints one line: the name,
 * nanoseconds per call of both, and the ratio with its range. The two run in turn, round by round and equally
 * often, so that other load affects both, and growing data grows equally for both. Compare
 * ratios: nanoseconds differ between machines.
 *
 * @example
 * ```ts
 * import { measure } from './measure.ts'
 *
 * const values = [3, 1, 2]
 * await measure('sort a copy', () => [...values], () => [...values].sort())
 * ```
 */
export async function measure(name: string, floor: Operation, subject: Operation): Promise<Measurement> {
  const calls = await callsPerRound(floor, subject)
  const taken: { floorNs: number; subjectNs: number; ratio: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const [floorNs, subjectNs] = await inTurn(floor, subject, calls, round % 2 === 0)
    taken.push({ floorNs, subjectNs, ratio: subjectNs / floorNs })
  }
  const ratios = taken.map(({ ratio }) => ratio)
  const measurement: Measurement = {
    name,
    floorNs: median(taken.map(({ floorNs }) => floorNs)),
    subjectNs: median(taken.map(({ subjectNs }) => subjectNs)),
    ratio: median(ratios),
    minRatio: Math.min(...ratios),
    maxRatio: Math.max(...ratios),
    bestRatio: least(taken.map(({ subjectNs }) => subjectNs)) / least(taken.map(({ floorNs }) => floorNs)),
  }
  console.log(lineOf(measurement))
  return measurement
}

/** Warms both up, and finds the number of calls that make a round long enough for the clock. */
async function callsPerRound(floor: Operation, subject: Operation): Promise<number> {
  for (let calls = 1; ; calls *= 2) {
    const ns = (await timeOf(floor, calls)) + (await timeOf(subject, calls))
    if (ns * calls >= 2 * roundMs * 1e6) return calls
  }
}

async function inTurn(
  floor: Operation,
  subject: Operation,
  calls: number,
  floorFirst: boolean,
): Promise<[floorNs: number, subjectNs: number]> {
  if (floorFirst) return [await timeOf(floor, calls), await timeOf(subject, calls)]
  const subjectNs = await timeOf(subject, calls)
  return [await timeOf(floor, calls), subjectNs]
}

/** Nanoseconds for one call. */
async function timeOf(operation: Operation, calls: number): Promise<number> {
  const start = process.hrtime.bigint()
  const first = operation()
  if (first instanceof Promise) {
    await first
    for (let call = 1; call < calls; call++) await operation()
  } else {
    for (let call = 1; call < calls; call++) operation()
  }
  return Number(process.hrtime.bigint() - start) / calls
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const least = (values: readonly number[]) => Math.min(...values)

function lineOf({ name, floorNs, subjectNs, ratio, minRatio, maxRatio, bestRatio }: Measurement): string {
  const ns = (value: number) => `${Math.round(value).toLocaleString('en')} ns`.padStart(14)
  const range = `(${minRatio.toFixed(2)}–${maxRatio.toFixed(2)}, best rounds ${bestRatio.toFixed(2)})`
  return `${name.padEnd(44)} floor ${ns(floorNs)}  subject ${ns(subjectNs)}  ratio ${ratio.toFixed(2)} ${range}`
}
