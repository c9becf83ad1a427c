import { setImmediate } from 'node:timers/promises'

/** The cost of one variant of an operation: microseconds of CPU time per call. */
export interface CpuTime {
  readonly name: string
  readonly median: number
  /** In the fastest round. */
  readonly least: number
  /** Above the first variant: the median of the differences, round by round. */
  readonly above: number
  /** Between the fastest rounds of both. */
  readonly leastAbove: number
}

const warmUpMs = 2000

type Operation = () => unknown

/**
 * Measures variants of one operation against the first of them, in CPU time of the whole process (so with the garbage
 * collector's threads), and prints a line for each. They run in turn, round by round, in an order that changes with
 * each round; what else the machine does counts for less than it would by the clock. Node 22 and later.
 *
 * @example
 * ```ts
 * import { compareCpu } from './cpu-time.ts'
 *
 * const values = [3, 1, 2]
 * await compareCpu('a list', { copied: () => [...values], sorted: () => [...values].sort() })
 * ```
 */
export async function compareCpu(
  name: string,
  variants: Readonly<Record<string, Operation>>,
  { rounds = 200, roundMs = 4 }: { readonly rounds?: number; readonly roundMs?: number } = {},
): Promise<CpuTime[]> {
  const operations = Object.values(variants)
  for (const operation of operations) await warmUp(operation)
  const calls = await callsPerRound(operations, roundMs)
  const taken: number[][] = operations.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < operations.length; turn++) {
      const at = (turn + round) % operations.length
      taken[at]?.push(await timeOf(operations[at] as Operation, calls))
    }
  }
  const floor = taken[0] ?? []
  const times = Object.keys(variants).map((variant, at) => timesOf(variant, taken[at] ?? [], floor))
  for (const time of times) console.log(lineOf(name, time))
  return times
}

/** Prints what such a part of the operation (a chunk, an event) costs above the first variant. */
export function printPerPart(
  { name, above, leastAbove }: CpuTime,
  parts: number,
  part: string,
  goalNs?: number,
): void {
  const ns = (µs: number) => Math.round((µs / parts) * 1000)
  const goal = goalNs === undefined ? '' : ` (goal: ${goalNs} ns)`
  console.log(
    `${''.padEnd(52)} per ${part}, ${name}: median ${ns(above)} ns, least ${ns(leastAbove)} ns${goal}`,
  )
}

function timesOf(name: string, taken: readonly number[], floor: readonly number[]): CpuTime {
  const least = Math.min(...taken)
  return {
    name,
    median: medianOf(taken),
    least,
    above: medianOf(taken.map((time, round) => time - (floor[round] ?? 0))),
    leastAbove: least - Math.min(...floor),
  }
}

async function callsPerRound(operations: readonly Operation[], roundMs: number): Promise<number> {
  for (let calls = 1; ; calls *= 2) {
    let slowest = 0
    for (const operation of operations) slowest = Math.max(slowest, await timeOf(operation, calls))
    if (slowest * calls >= roundMs * 1000) return calls
  }
}

// Code that runs once per call is optimized only after some thousand calls.
async function warmUp(operation: Operation): Promise<void> {
  const end = performance.now() + warmUpMs
  while (performance.now() < end) {
    await operation()
    await setImmediate()
  }
}

/** Microseconds for one call. */
async function timeOf(operation: Operation, calls: number): Promise<number> {
  // Lets the garbage collector free what it can only free in a later turn, as while waiting for a network.
  await setImmediate()
  const before = process.cpuUsage()
  for (let call = 0; call < calls; call++) await operation()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function lineOf(name: string, { name: variant, median, least, above, leastAbove }: CpuTime): string {
  const µs = (value: number) => value.toFixed(1).padStart(9)
  return `${`${name}: ${variant}`.padEnd(52)} CPU µs: median ${µs(median)} least ${µs(least)}   above ${µs(above)} least ${µs(leastAbove)}`
}
