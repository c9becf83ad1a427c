import type { Payload, SpanRecord } from '@runtape/core'
import { fingerprint } from '@runtape/trace'
import { isWhole } from './unread-places.ts'

/** A fingerprint of the values of a call; without one if they cannot be read completely. */
export function valuesOf({ input, output, error, replay }: SpanRecord): { readonly values?: string } {
  // The tape holds the output of an answered call.
  const payloads = replay?.mocked ? [input] : [input, output, error?.value]
  if (!payloads.every(isReadable)) return {}
  try {
    return { values: payloads.map(payload => (payload ? fingerprint(payload) : '')).join(' ') }
  } catch {
    // Damaged.
    return {}
  }
}

const isReadable = (payload: Payload | undefined): boolean =>
  isWhole(payload) && payload?.truncated === undefined && payload?.deferred === undefined
