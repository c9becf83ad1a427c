import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunEvent, Sink, TapeRecord } from '@runtape/core'
import { onTestFinished } from 'vitest'
import type { FlagEvaluation, FlagSource } from '../src/flag-source.ts'

export const user = { kind: 'user', key: 'u-1' }

/** A sink that keeps what it gets, for looking at. */
export function memorySink(): Sink & { readonly events: RunEvent[] } {
  const events: RunEvent[] = []
  const append = (record: TapeRecord) => {
    if (record.kind === 'run-event') events.push(record)
  }
  return { events, append, flush: async () => {}, close: async () => {} }
}

/** A logger that keeps what it is told. */
export function memoryLogger() {
  const warnings: string[] = []
  return { warnings, warn: (message: string) => void warnings.push(message) }
}

/** A flag source that answers every key in the same way. */
export function flagsOf(value: unknown, rest: Omit<FlagEvaluation, 'value'> = {}): FlagSource {
  return { evaluate: async () => ({ value, ...rest }) }
}

/** A flag source in which no flag exists. */
export const noFlags: FlagSource = { evaluate: async (_key, _context, value) => ({ value }) }

/** A flag value, as a vendor holds it. */
export const flagValue = {
  _ldMeta: { enabled: true, variationKey: 'brief', version: 7 },
  model: { name: 'gpt-5-mini', parameters: { temperature: 0 }, custom: { team: 'support' } },
  provider: { name: 'openai' },
  messages: [{ role: 'system', content: 'Help {{name}}.' }],
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a config file into a folder of its own. */
export function configFile(content: unknown): string {
  const file = join(temporaryFolder(), 'ai-configs.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
