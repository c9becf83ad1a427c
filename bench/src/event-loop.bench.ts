// What `track*()` takes while large spans are written: 2,000 run events and 20 spans of 1 MB a second, over the same events
// without spans, each in separate processes, in turn; medians of the rounds. Calls: how long each held its caller. Turns: how
// late it was, with what else held the event loop; and the CPU time that the thread had in a turn. "machine" is what a call of 50
// µs takes that does nothing: the share of what else runs here. Goal: calls below 3 ms at p99.9, ratio 1.5. `SECONDS=5 ROUNDS=5`.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Shares = Readonly<Record<string, Readonly<Record<string, number>>>>

const seconds = process.env.SECONDS ?? '5'
const rounds = Number(process.env.ROUNDS ?? 5)
const loads = ['machine', 'events', 'spans'] as const
const program = fileURLToPath(new URL('event-loop-one.ts', import.meta.url))
const flags = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types']

function run(load: string): Shares {
  return JSON.parse(
    execFileSync(process.execPath, [...flags, program, load, seconds], { encoding: 'utf8' }),
  ) as Shares
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const taken = loads.map((): Shares[] => [])
for (let round = 0; round < rounds; round++)
  for (const [at, load] of loads.entries()) taken[at]?.push(run(load))

const ms = (value = Number.NaN): string => `${value.toFixed(3).padStart(9)} ms`
for (const [part, shares] of Object.entries(taken[0]?.[0] ?? {}))
  for (const share of Object.keys(shares)) {
    const all = taken.map(runs => runs.map(each => each[part]?.[share] ?? Number.NaN))
    const [machine, floor, subject] = all.map(median)
    const ratio = ((subject ?? 0) / (floor ?? 0)).toFixed(2)
    const name = `recorder: ${part} beside 1 MB spans, ${share}`
    console.log(
      `${name.padEnd(56)} machine ${ms(machine)}  floor ${ms(floor)}  subject ${ms(subject)}  ratio ${ratio}`,
    )
  }
