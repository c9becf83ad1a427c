import type { Database } from '../database/database.ts'
import { TextFiller } from './text-filler.ts'

/** Pause between steps in milliseconds, so that filling uses only part of one core. */
const nextMs = 5

const idleMs = 250

/** Adds the texts of new records as they arrive, until it is stopped. */
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
    // The disk is full, or the file is damaged: writes and the next search report it.
    return false
  }
}
