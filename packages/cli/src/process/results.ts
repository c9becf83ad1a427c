import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'

/** Set for a process that loads an application's modules and prints JSON: see `runAgain`. */
export const resultsVariable = 'RUNTAPE_RESULTS'

function takeResults(): Writable | undefined {
  const fd = Number(process.env[resultsVariable])
  delete process.env[resultsVariable]
  return Number.isInteger(fd) && fd > 2 ? createWriteStream('', { fd, autoClose: false }) : undefined
}

const apart = takeResults()

/** Whether what the application prints does not reach the results. */
export const areResultsApart: boolean = apart !== undefined

/** Receives the results of the command. */
export const results: Writable = apart ?? process.stdout
