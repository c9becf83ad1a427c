// An ESM application around a traced CommonJS library that caches and imports modules lazily.
import { createRequire } from 'node:module'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Legacy {
  onCall: (() => void) | undefined
  readonly settings: { digits: number }
  restart(): void
  convert(amount: number, currency: string): Promise<string>
  lazily(text: string): Promise<string>
}

const legacy = createRequire(import.meta.url)('../children/legacy.cjs') as Legacy
legacy.onCall = () => effect('legacy rate')

const invoice = traced('rates.invoice', async (amounts: readonly number[], currency: string) => {
  const lines = await Promise.all(amounts.map(amount => legacy.convert(amount, currency)))
  return { lines, shown: await legacy.lazily(lines.join('; ')) }
})

export const application: Application = {
  name: 'a CommonJS library that is traced',
  entry: invoice,
  inputs: [
    [[1, 2.5], 'EUR'],
    [[3], 'YEN!'],
    [[], 'USD'],
  ],
  sharesState: true,
  restart: () => legacy.restart(),
  change: { make: changing(legacy.settings, { digits: 0 }), reports: { outcome: 'changed|same' } },
}
