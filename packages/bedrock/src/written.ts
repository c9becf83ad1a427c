import type { Payload } from '@runtape/core'
import { type CaptureLimits, captureOutput } from '@runtape/trace'
import { isPlain } from './plain-json.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

/** Members of an answer that are JSON already, and need not be captured value by value. */
export interface Written {
  /** Without the braces around them. */
  readonly json: string
  /** The same as values, for whoever has a say in what is kept. */
  values(): Partial<RecordedAnswer>
  /** What is looked at for something to redact; of bytes nothing can be. */
  readonly visible?: unknown
}

/** The payload of an answer, of which some is written already. */
export function payloadOf(
  recorded: RecordedAnswer,
  written: Written | undefined,
  limits: CaptureLimits | undefined,
): Payload {
  if (!written || !limits) return captureOutput(recorded, limits)
  const isSeen = limits.keepsOutput === false || limits.redact !== undefined
  if (isSeen || !isPlain(written.visible, limits, 1))
    return withoutStream(
      captureOutput({ ...recorded, ...written.values() }, limits),
      recorded,
      written,
      limits,
    )
  const head = captureOutput(recorded, limits)
  return head.redacted ? withoutStream(head, recorded, written, limits) : joined(head, written.json, limits)
}

/** The bytes of a stream hold what was redacted in their sum, cut and coded where no rule finds it. */
function withoutStream(
  all: Payload,
  recorded: RecordedAnswer,
  written: Written,
  limits: CaptureLimits,
): Payload {
  if (!all.redacted) return all
  const values = written.values()
  return captureOutput(values.chunks ? { ...recorded, withheld: true } : { ...recorded, ...values }, limits)
}

function joined(head: Payload, members: string, { maxPayloadBytes }: CaptureLimits): Payload {
  if (head.truncated !== undefined) return head
  const inside = head.json.slice(1, -1)
  const json = `{${inside === '' ? '' : `${inside},`}${members}}`
  const size = json.length * 3 > maxPayloadBytes ? Buffer.byteLength(json) : json.length
  return size > maxPayloadBytes ? { json: 'null', truncated: size } : { ...head, json }
}
