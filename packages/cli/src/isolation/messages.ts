import { type Payload, RuntapeError, type RuntapeErrorCode, type TapeRecord } from '@runtape/core'
import type { AsOf, TraceOptions } from '@runtape/core/store'
import type { LiveCall, OutsideCall, ReplayItem, ReplaySource } from '@runtape/replay'
import { type CaptureLimits, decodeValue, encodeValue } from '@runtape/trace'
import type { Stray } from '../process/strays.ts'

/** From the command to an item's process. */
export type ToItem =
  | {
      readonly kind: 'run'
      readonly id: number
      readonly source: ReplaySource
      readonly testRunId: string
      /** The output that a reviewer expects. */
      readonly expected?: Payload
    }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: StoreError }

/** A failure of the store. */
export interface StoreError {
  readonly message: string
  readonly code?: RuntapeErrorCode
}

/** From an item's process to the command. */
export type FromItem =
  | ({ readonly kind: 'loaded' } & Loaded)
  | ({ readonly kind: 'ask'; readonly id: number } & StoreCall)
  | {
      readonly kind: 'ran'
      readonly id: number
      readonly item: Payload
      readonly outside: readonly OutsideCall[]
      /** Of the whole process until now. */
      readonly outsideSoFar: readonly OutsideCall[]
    }
  | { readonly kind: 'spent'; readonly id: number; readonly call: LiveCall }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'stray'; readonly stray: Stray }
  | { readonly kind: 'warning'; readonly message: string }

/** The function that a process has loaded, or why it could not. */
export interface Loaded {
  readonly key?: string
  readonly problem?: string
}

/** Requests of an item's process to the command's store. */
export type StoreCall =
  | { readonly method: 'append'; readonly args: readonly [records: readonly TapeRecord[]] }
  | {
      readonly method: 'get'
      readonly args: readonly [traceId: string, options?: TraceOptions]
    }
  | { readonly method: 'getSpan'; readonly args: readonly [traceId: string, spanId: string, options?: AsOf] }

/** A pipe, not a tape: no size limits and no redaction. */
const limits: CaptureLimits = {
  maxPayloadBytes: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxLength: Number.POSITIVE_INFINITY,
  isSecret: () => false,
  redactsValues: false,
}

export const encodeItem = (item: ReplayItem): Payload => encodeValue(item, limits)

/** The item; unsupported values are reduced to what can be encoded. */
export function decodeItem(payload: Payload): ReplayItem {
  const item = decodeValue(payload) as ReplayItem
  const attempts = item.attempts?.map(withOwnError)
  return { ...withOwnError(item), ...(attempts && { attempts }) }
}

// The reason for stopping an item is recognised by a brand, which does not pass through a pipe.
function withOwnError<T extends { readonly thrown?: unknown }>(ended: T): T {
  const { name, message, code, cause, stack } = (ended.thrown ?? {}) as Error & { code?: RuntapeErrorCode }
  if (name !== 'RuntapeError' || code === undefined) return ended
  const thrown = new RuntapeError(code, message, cause === undefined ? {} : { cause })
  if (stack !== undefined) thrown.stack = stack
  return { ...ended, thrown }
}
