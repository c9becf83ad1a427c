import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTracker } from '@runtape/tracker'

/** A directory of a soak's own: its database, its tokens, its side logs. */
export interface Scratch extends AsyncDisposable {
  readonly path: string
  readonly logs: string
  readonly tokens: string
}

/** The directory, with the resumption tokens of as many runs in it. It goes when it is disposed of. */
export async function makeScratch(runs: number): Promise<Scratch> {
  const path = mkdtempSync(join(tmpdir(), 'runtape-soak-'))
  const [logs, tokens] = [join(path, 'logs'), join(path, 'tokens.json')]
  await mkdir(logs)
  const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
  const token = () => createTracker({ sink, configKey: 'support-answer' }).resumptionToken
  writeFileSync(tokens, JSON.stringify(Array.from({ length: runs }, token)))
  return {
    path,
    logs,
    tokens,
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  }
}
