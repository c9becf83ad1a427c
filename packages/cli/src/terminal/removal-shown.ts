import type { RemovalReceipt } from '@runtape/core/store'
import { showCount } from './show.ts'

const one = (count: number, word: string): string => `${showCount(count)} ${word}${count === 1 ? '' : 's'}`

/** A sentence about what was removed, or would be. */
export function removalShown(receipt: RemovalReceipt, isDry: boolean, did = 'removed'): string {
  const { runs, runEvents, traces, spans, waiting, leftover, inFiles } = receipt
  const parts = [
    `${one(runs, 'run')} (${one(runEvents, 'event')})`,
    `${one(traces, 'trace')} (${one(spans, 'span')})`,
    ...(waiting > 0 ? [`${one(waiting, 'record')} from the outbox or set aside`] : []),
  ]
  const end = isDry ? `would be ${did}. Nothing was changed.` : `${did}.`
  return [`${parts.join(', ')} ${end}`, leftover, inFiles].filter(line => line !== undefined).join('\n')
}
