import type { Database } from '../database/database.ts'
import type { TrigramFile } from '../trigrams/trigram-file.ts'
import { TrigramFiller } from '../trigrams/trigram-filler.ts'
import { TextFiller } from './text-filler.ts'

/** Pause between steps in milliseconds, so that filling uses only part of one core. */
const nextMs = 5

const idleMs = 250

/** Adds the texts of new records, and their trigrams, as they arrive, until it is stopped. */
export function keepFilling(database: Database, index: TrigramFile): { stop(): void } {
  const fillers = [new TextFiller(database), new TrigramFiller(database, index)]
  const work = () => {
    // Each makes its step: while records arrive all the time, there are always new texts.
    const made = fillers.map(madeStep)
    timer = setTimeout(work, made.includes(true) ? nextMs : idleMs)
  }
  let timer = setTimeout(work)
  return { stop: () => clearTimeout(timer) }
}

function madeStep(filler: Pick<TextFiller, 'step'>): boolean {
  try {
    return filler.step() === 'done'
  } catch {
    // The disk is full, or the file is damaged: writes and the next search report it.
    return false
  }
}
