import { fsyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Metric, MetricValue } from '@runtape/core'

/** A process's log of its tries. Times are microseconds of the machine's monotonic clock. */
export type Note =
  | {
      readonly what: 'try'
      readonly runId: string
      readonly metric: Metric
      readonly value: MetricValue
      readonly at: number
    }
  /** The result of the last try. `conflict`: another value was reported as stored. */
  | { readonly what: 'returned'; readonly recorded: boolean; readonly conflict: boolean; readonly at: number }
  | { readonly what: 'warning'; readonly message: string }

/** The log of one process. A note is out of the process when `write` returns, and on the disk when `keep` does. */
export class SideLog {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(note: Note): void {
    writeSync(this.#file, `${JSON.stringify(note)}\n`)
  }

  keep(note: Note): void {
    this.write(note)
    fsyncSync(this.#file)
  }
}

/** Now, as every process of this machine counts it, in microseconds. */
export const sharedNow = (): number => Number(process.hrtime.bigint() / 1000n)

/** The logs of each process that wrote into `folder`, without lines that a kill cut off. */
export function readSideLogs(folder: string): Note[][] {
  return readdirSync(folder).map(name => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)
    return lines.map(line => JSON.parse(line) as Note)
  })
}
