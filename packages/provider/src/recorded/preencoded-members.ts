import type { Payload } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson } from '@runtape/trace/provider'

/** Members of a recorded answer that are already JSON and need not be captured value by value. */
export interface PreencodedMembers {
  /** Without the surrounding braces. */
  readonly json: string
  /** The values to search for secrets. If one contains a secret, the values are recorded instead of the JSON. */
  inspectable?(): object
  /** Whether the values are known to contain nothing to redact, except by the application's own `redact`. */
  readonly isPlain?: boolean
  /** For a stream: whether its events contain anything that must not be kept. If so, all events are omitted. */
  holdsSecret?(limits: CaptureLimits): boolean
}

/** An answer, ready to be recorded. */
export interface RecordedParts {
  /** JSON that needs no search for secrets: status, headers, marks. */
  readonly head?: object
  /** JSON that may contain secrets. */
  readonly learned?: object
  /** Values of any kind, instead of `learned`. */
  readonly values?: object
  readonly members?: PreencodedMembers | undefined
  /** The size of an answer that was too large to keep, in bytes. */
  readonly tooLarge?: number | undefined
}

/** The payload of an answer. Every omitted part leaves a mark: `truncated`, `redacted` or `withheld`. */
export function payloadOf(parts: RecordedParts, limits: CaptureLimits | undefined): Payload {
  const { head, values, learned = values, members, tooLarge } = parts
  if (tooLarge !== undefined) return { json: 'null', truncated: tooLarge }
  if (!members || !limits || limits.keepsOutput === false)
    return captureOutput({ ...head, ...learned }, limits)
  const rest = values ? captureOutput(values, limits) : captured(learned ?? {}, limits)
  // Raw events may contain the secret split across chunks, or outside the aggregate.
  if (members.holdsSecret && (rest.redacted || members.holdsSecret(limits)))
    return captureOutput({ ...head, ...learned, withheld: true }, limits)
  if (rest.truncated !== undefined) return rest
  const { inspectable } = members
  if (inspectable && (limits.redact || !isPlain(members, inspectable, limits))) {
    const all = captureOutput({ ...head, ...learned, ...inspectable() }, limits)
    if (all.redacted || all.lossy || all.truncated !== undefined) return all
  }
  return joined(JSON.stringify(head ?? {}), rest, members.json, limits)
}

const isPlain = ({ isPlain }: PreencodedMembers, values: () => object, limits: CaptureLimits): boolean =>
  isPlain ?? isPlainJson(values(), limits)

/** Captures JSON value by value only if part of it must not be kept. */
function captured(learned: object, limits: CaptureLimits): Payload {
  if (limits.redact || !isPlainJson(learned, limits)) return captureOutput(learned, limits)
  const json = JSON.stringify(learned)
  return json.length * 3 <= limits.maxPayloadBytes ? { json } : captureOutput(learned, limits)
}

function joined(head: string, rest: Payload, members: string, { maxPayloadBytes }: CaptureLimits): Payload {
  const parts = [head.slice(1, -1), rest.json.slice(1, -1), members].filter(part => part !== '')
  const json = `{${parts.join()}}`
  const size = json.length * 3 > maxPayloadBytes ? Buffer.byteLength(json) : json.length
  return size > maxPayloadBytes ? { json: 'null', truncated: size } : { ...rest, json }
}
