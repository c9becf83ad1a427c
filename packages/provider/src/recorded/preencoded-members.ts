import type { Payload } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson } from '@runtape/trace/provider'

/** Members of a recorded answer that are JSON already: they need not be captured value by value. */
export interface PreencodedMembers {
  /** Without the braces around them. */
  readonly json: string
  /** Their values, in which secrets are looked for, and which are kept instead of the JSON where one is found. */
  inspectable?(): object
  /** Whether it is known that a look at the values would find nothing, but for a `redact` of the application. */
  readonly isPlain?: boolean
  /** Of a stream: whether its events hold what is not to be kept. All of them are left out then. */
  holdsSecret?(limits: CaptureLimits): boolean
}

/** An answer, ready to be recorded. */
export interface RecordedParts {
  /** JSON that needs no look: status, headers, marks. */
  readonly head?: object
  /** JSON that may hold secrets. */
  readonly learned?: object
  /** Values of any kind, in place of `learned`. */
  readonly values?: object
  readonly members?: PreencodedMembers | undefined
  /** The size of an answer that was too large to keep, in bytes. */
  readonly tooLarge?: number | undefined
}

/** The payload of an answer. It never throws away a part without a mark: `truncated`, `redacted`, `withheld`. */
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

/** JSON is captured value by value only where something of it may not be kept. */
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
