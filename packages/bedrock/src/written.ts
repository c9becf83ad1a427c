import type { Payload } from '@runtape/core'
import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson } from '@runtape/trace/provider'
import type { RecordedAnswer } from './recorded-answer.ts'

/** Members of an answer that are JSON already, and need not be captured value by value. */
export interface Written {
  /** Without the braces around them. */
  readonly json: string
  /** What is looked at for something to redact, and kept in its place where there is something. */
  visible(): Partial<RecordedAnswer>
  /** Of a stream: whether there is something in it that is not to be kept. All of it is left out then. */
  holdsSecret?(limits: CaptureLimits): boolean
}

/** The payload of an answer, of which some is written already. */
export function payloadOf(
  recorded: RecordedAnswer,
  written: Written | undefined,
  limits: CaptureLimits | undefined,
): Payload {
  if (!written || !limits || limits.keepsOutput === false) return captureOutput(recorded, limits)
  if (written.holdsSecret) return payloadOfStream(recorded, written, limits)
  const visible = written.visible()
  if (limits.redact || !isPlainJson(visible, limits)) {
    const all = captureOutput({ ...recorded, ...visible }, limits)
    if (all.redacted || all.lossy || all.truncated !== undefined) return all
  }
  return joined(captureOutput(recorded, limits), written.json, limits)
}

/** The bytes of a stream hold what was redacted in their sum, cut and coded where no rule finds it. */
function payloadOfStream(recorded: RecordedAnswer, written: Written, limits: CaptureLimits): Payload {
  const head = captureOutput(recorded, limits)
  if (head.truncated !== undefined) return head
  const isWithheld = head.redacted || (written.holdsSecret?.(limits) ?? false)
  return isWithheld
    ? captureOutput({ ...recorded, withheld: true }, limits)
    : joined(head, written.json, limits)
}

function joined(head: Payload, members: string, { maxPayloadBytes }: CaptureLimits): Payload {
  if (head.truncated !== undefined) return head
  const inside = head.json.slice(1, -1)
  const json = `{${inside === '' ? '' : `${inside},`}${members}}`
  const size = json.length * 3 > maxPayloadBytes ? Buffer.byteLength(json) : json.length
  return size > maxPayloadBytes ? { json: 'null', truncated: size } : { ...head, json }
}
