import type { CodeChangeFile, TestRunStart } from '@runtape/core/store'
import type { ClientRequest } from '../../client-route.ts'
import { isObject } from '../../is-object.ts'
import { bodyOf } from '../answers.ts'
import { externalIdOf } from '../ids.ts'
import { optionalText, refused, requireObject, requireText } from '../sent-span.ts'
import { type Chosen, newestTraces, tracesById } from './choose-traces.ts'

type Fields = Readonly<Record<string, unknown>>

const defaultLimit = 5
const most = 100

/** Starts a test run over the chosen traces. */
export async function startReplay(asked: ClientRequest): Promise<Response> {
  const sent = requireObject(await bodyOf(asked), 'The body')
  const key = requireText(sent.traceFunctionKey, 'traceFunctionKey')
  const chosen = await choose(asked, key, sent)
  const start = startOf(key, chosen, sent)
  const { testRunId, testRunUrl } = await asked.project.store.testRuns.start(start)
  return Response.json({
    testRunId,
    // The client puts the address of the server in front of it.
    testRunUrl: testRunUrl?.startsWith('/') ? testRunUrl : `/v1/test-runs/${testRunId}`,
    items: chosen.map(itemOf),
    ...(chosen.length === 0 && { note: `The store has no trace of ${key} that a Bitfab client recorded.` }),
  })
}

/** `traceIds` win: a client of TypeScript sends a limit beside them. */
function choose(asked: ClientRequest, key: string, { limit, traceIds }: Fields): Promise<readonly Chosen[]> {
  if (traceIds === undefined || traceIds === null) return newestTraces(asked, key, limitOf(limit))
  if (!Array.isArray(traceIds) || traceIds.length === 0 || traceIds.length > most)
    throw refused(`traceIds must be a list of 1 to ${most} ids`)
  return tracesById(asked, key, [...new Set(traceIds.map(id => requireText(id, 'An id of traceIds')))])
}

function limitOf(limit: unknown): number {
  if (limit === undefined || limit === null) return defaultLimit
  if (Number.isInteger(limit) && (limit as number) >= 1 && (limit as number) <= most) return limit as number
  throw refused(`limit must be a whole number from 1 to ${most}`)
}

function startOf(key: string, chosen: readonly Chosen[], sent: Fields): TestRunStart {
  const { codeChangeDescription: description, codeChangeFiles: files } = sent
  const experimentGroupId = optionalText(sent.experimentGroupId, 'experimentGroupId')
  if (description !== undefined && description !== null && typeof description !== 'string')
    throw refused('codeChangeDescription must be a text')
  return {
    ...{ key, sourceTraceIds: chosen.map(({ traceId }) => traceId), options: { client: 'bitfab' } },
    ...(typeof description === 'string' && { codeChangeDescription: description }),
    ...(files !== undefined && files !== null && { codeChangeFiles: filesOf(files) }),
    ...(experimentGroupId !== undefined && { experimentGroupId }),
  }
}

function filesOf(files: unknown): readonly CodeChangeFile[] {
  const isFile = (file: unknown) =>
    isObject(file) && [file.path, file.before, file.after].every(text => typeof text === 'string')
  if (!Array.isArray(files) || !files.every(isFile))
    throw refused('codeChangeFiles must be a list of { path, before, after }')
  return (files as readonly CodeChangeFile[]).map(({ path, before, after }) => ({ path, before, after }))
}

/** A span of these clients has no tokens and no model. */
const itemOf = ({ traceId, spanId, durationMs }: Chosen) => ({
  ...{ traceId, externalSpanId: externalIdOf({ traceId, spanId }), durationMs, tokens: null, model: null },
})
