import { RuntapeError } from '@runtape/core'
import type { ReplayDecision } from '@runtape/core/internal'
import { decodeValue } from '@runtape/trace'
import { missing } from '@runtape/trace/provider'

/** A call answered from the tape. */
export type Served = Extract<ReplayDecision, { action: 'serve' }>

/**
 * The recorded answer as values; empty if none was recorded.
 *
 * @throws {RuntapeError} `not-replayable` if the tape has only part of it: it was too large, redacted or withheld
 */
export function servedAnswer<R extends { readonly withheld?: true }>({ output }: Served): Partial<R> {
  if (output?.truncated !== undefined)
    throw notReplayable(
      `The recorded model answer was too large to keep (${output.truncated} bytes). Raise maxPayloadBytes and record again, or let this call run.`,
    )
  const recorded: Partial<R> = output ? (decodeValue(output) as Partial<R>) : {}
  if (recorded.withheld)
    throw notReplayable(
      `The recorded model stream contained redacted values, or its events contain values that must not be kept, so its events were not kept. ${orMock}`,
    )
  if (output?.redacted)
    throw notReplayable(
      `The recorded model answer contained redacted values (${output.redacted.slice(0, 3).join(', ')}), so the tape does not have it unchanged. ${orMock}`,
    )
  return recorded
}

/** The tape has nothing that can answer the call. */
export const notReplayable = (message: string): RuntapeError => new RuntapeError('not-replayable', message)

/** The next step if an answer cannot be served. */
export const orMock = 'Let this call run, or mock a traced function around it.'

/** The error for a call that reads further than it did when it was recorded. Counts as a miss. */
export const notReadOn = (served: Served): unknown =>
  missing(served, 'the recorded model answer was not read to its end, so the rest is not on the tape')
