import { recordProblem } from '@runtape/core/store-helpers'
import { HttpError } from '../../http-error.ts'
import type { ClientRequest } from '../client-route.ts'
import { bodyOf } from './answers.ts'
import { externalIdOf } from './ids.ts'
import { putItem } from './replay/put-item.ts'
import { readSpan, refused } from './sent-span.ts'
import { spanRecord } from './span-record.ts'

/** Keeps a span. A resend is a duplicate; one that says something else is refused, and listed in health. */
export async function keepSpan(asked: ClientRequest): Promise<Response> {
  const record = await recordOf(asked)
  const { conflicts, duplicates } = await asked.append([record])
  if (conflicts > 0)
    throw new HttpError(
      409,
      'conflict',
      `The span ${record.name} was recorded before with other values, which stay. Health lists both.`,
    )
  asked.note('counted', 1)
  if (record.replay && record.parentSpanId === undefined)
    await putItem(asked.project.store, record, record.replay)
  const { traceId, spanId } = record
  const status = duplicates > 0 ? 'duplicate' : 'accepted'
  return Response.json({ id: externalIdOf({ traceId, spanId }), externalTraceId: traceId, status })
}

async function recordOf(asked: ClientRequest) {
  try {
    const record = await spanRecord(readSpan(await bodyOf(asked)), asked.projectName)
    const problem = recordProblem(record)
    if (problem !== undefined) throw refused(problem)
    return record
  } catch (error) {
    asked.note('unusable', 1)
    throw error
  }
}
