import { type Payload, RuntapeError, type RuntapeErrorCode, type TapeRecord } from '@runtape/core'
import type { OutsideCall, ReplayItem, ReplaySource } from '@runtape/replay'
import { type CaptureLimits, decodeValue, encodeValue } from '@runtape/trace'
import type { Stray } from '../process/strays.ts'

/** From the command to the process of an item. */
export type ToItem =
  | { readonly kind: 'run'; readonly source: ReplaySource; readonly testRunId: string }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: StoreError }

/** What a store failed of. */
export interface StoreError {
  readonly message: string
  readonly code?: RuntapeErrorCode
}

/** From the process of an item to the command. */
export type FromItem =
  | { readonly kind: 'loaded' }
  | ({ readonly kind: 'ask'; readonly id: number } & StoreCall)
  | {
      readonly kind: 'ran'
      readonly item: Payload
      readonly outside: readonly OutsideCall[]
    }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stray'; readonly stray: Stray }
  | { readonly kind: 'warning'; readonly message: string }

/** What the process of an item asks of the store, which the command has. */
export type StoreCall =
  | { readonly method: 'append'; readonly args: readonly [records: readonly TapeRecord[]] }
  | {
      readonly method: 'get'
      readonly args: readonly [traceId: string, options?: { deferOutputsFrom?: number }]
    }
  | { readonly method: 'getSpan'; readonly args: readonly [traceId: string, spanId: string] }

/** A pipe, not a tape: nothing is too large for it, and nothing is a secret. */
const limits: CaptureLimits = {
  maxPayloadBytes: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxLength: Number.POSITIVE_INFINITY,
  isSecret: () => false,
  redactsValues: false,
}

export const encodeItem = (item: ReplayItem): Payload => encodeValue(item, limits)

/** The item; values of kinds that no tape holds are what can be read of them. */
export function decodeItem(payload: Payload): ReplayItem {
  const item = decodeValue(payload) as ReplayItem
  const attempts = item.attempts?.map(withOwnError)
  return { ...withOwnError(item), ...(attempts && { attempts }) }
}

// What stopped an item is known by its brand, which does not go through a pipe.
function withOwnError<T extends { readonly thrown?: unknown }>(ended: T): T {
  const { name, message, code, cause, stack } = (ended.thrown ?? {}) as Error & { code?: RuntapeErrorCode }
  if (name !== 'RuntapeError' || code === undefined) return ended
  const thrown = new RuntapeError(code, message, cause === undefined ? {} : { cause })
  if (stack !== undefined) thrown.stack = stack
  return { ...ended, thrown }
}
