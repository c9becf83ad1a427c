import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTracker } from '@runtape/tracker'

/** The directory of one soak: its database, its tokens, its side logs. */
export interface Scratch {
  readonly path: string
  readonly logs: string
  /** A file with the resumption tokens of the requested number of runs. */
  readonly tokens: string
}

/** Runs the work in a temporary directory. */
export async function inScratch<T>(runs: number, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'runtape-soak-'))
  const [logs, tokens] = [join(path, 'logs'), join(path, 'tokens.json')]
  try {
    mkdirSync(logs)
    writeFileSync(tokens, JSON.stringify(Array.from({ length: runs }, newToken)))
    return await work({ path, logs, tokens })
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

const nowhere = { append: () => {}, flush: async () => {}, close: async () => {} }

function newToken(): string {
  return createTracker({ sink: nowhere, configKey: 'support-answer' }).resumptionToken
}
