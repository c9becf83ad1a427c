import type { Database } from '../database/database.ts'
import { TextFiller } from './text-filler.ts'

/** Steps are this far apart while there is more, so that they take a part of one core only. */
const nextMs = 5

const idleMs = 250

/** Takes in the texts of new records as they come, until it is stopped. */
export function keepFilling(database: Database): { stop(): void } {
  const filler = new TextFiller(database)
  const work = () => {
    timer = setTimeout(work, madeStep(filler) ? nextMs : idleMs)
  }
  let timer = setTimeout(work)
  return { stop: () => clearTimeout(timer) }
}

function madeStep(filler: TextFiller): boolean {
  try {
    return filler.step() === 'done'
  } catch {
    // The disk is full, or the file is damaged. The writing thread and the next search report it.
    return false
  }
}
