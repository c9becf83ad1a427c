import { type Payload, RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { decodeValue } from '../capture/decode.ts'
import { lostForGood } from '../capture/notes.ts'

/**
 * The recorded value, unchanged.
 *
 * @throws {RuntapeError} `not-replayable` if the tape does not have it unchanged.
 */
export function readKept(payload: Payload): unknown {
  const { truncated, redacted } = payload
  if (truncated !== undefined)
    throw notKept(`was too large to keep (${truncated} bytes)`, 'Raise maxPayloadBytes')
  if (redacted?.includes('$'))
    throw notKept('was not kept (by capture: { output: false } or a redact hook)', 'Keep it')
  if (redacted) throw notKept(`was redacted (${redacted[0]})`, 'Return it without the secret')
  const [lost] = lostForGood(payload)
  if (lost !== undefined) throw notKept(`contains values that cannot be kept (${lost})`, 'Return plain data')
  return read(() => decodeValue(payload))
}

/** Records of another version, or damaged ones, fail with the next step. */
export function read<T>(decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (RuntapeError.isInstance(error)) throw error
    throw notKept(`cannot be read (${messageOf(error)})`, 'Update this package')
  }
}

export function notKept(state: string, step: string): RuntapeError {
  return new RuntapeError(
    'not-replayable',
    `The recorded output ${state}. ${step} and record again, or let this call run.`,
  )
}
