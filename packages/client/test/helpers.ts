import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AIConfigDefault, type RunEvent, type Sink, type TapeRecord } from '@runtape/core'
import { onTestFinished } from 'vitest'
import { createClient } from '../src/client.ts'
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

/** A logger that keeps its messages. */
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

/** A client of `flags`, with what its sink and its logger got. */
export function setUp(flags: FlagSource, more: { keepContext?: string[] } = {}) {
  const sink = memorySink()
  const logger = memoryLogger()
  return { client: createClient({ flags, sink, logger, ...more }), events: sink.events, ...logger }
}

export const fallback = new AIConfigDefault({
  model: { name: 'fallback-model' },
  provider: { name: 'fallback-provider' },
  messages: [{ role: 'system', content: 'Default for {{name}} ({{ldctx.key}})' }],
})

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a config file into its own folder. */
export function configFile(content: unknown): string {
  const file = join(temporaryFolder(), 'ai-configs.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
