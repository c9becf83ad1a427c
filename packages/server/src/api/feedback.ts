import { decodeResumptionToken, InvalidTokenError, type RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { openToken, type SealingKey } from '@runtape/sealed-token'
import { HttpError } from '../http-error.ts'
import type { ServerLimits } from '../limits.ts'
import { readBody } from '../requests/read-body.ts'
import { readJson } from '../requests/read-json.ts'

/** Feedback that browsers send themselves, with a sealed token in place of a key. */
export interface FeedbackSettings {
  /** The keys of `sealToken`. */
  readonly sealingKeys: readonly SealingKey[]
  /** The origins of pages that may send feedback, such as `https://app.example.com`. Default: none. */
  readonly origins?: readonly string[]
}

/** What `feedback` needs of a project. */
interface FeedbackProject {
  readonly store: Store
  readonly feedback?: FeedbackSettings
}

const [mostBytes, mostLevels] = [16_000, 5]

/** The headers that let a page of an allowed origin read the answer. */
export function corsHeaders(
  projects: readonly FeedbackProject[],
  origin: string | null,
): Record<string, string> {
  const isAllowed = projects.some(({ feedback }) => origin !== null && feedback?.origins?.includes(origin))
  if (!isAllowed || origin === null) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '7200',
    vary: 'origin',
  }
}

/**
 * Keeps the feedback of a body `{ token, feedback: { kind, score?, comment? } }`. The type of the body does not matter, because
 * `navigator.sendBeacon` sends `text/plain`.
 *
 * @throws {HttpError} 403 for another origin, 401 for a token that no project sealed
 */
export async function keepFeedback(
  projects: readonly FeedbackProject[],
  request: Request,
  limits: ServerLimits,
): Promise<Response> {
  const origin = request.headers.get('origin')
  const text = await readBody(request, { ...limits, bodyBytes: mostBytes, inflatedBytes: mostBytes })
  const { token, feedback } = (readJson(text, mostLevels) ?? {}) as Readonly<Record<string, unknown>>
  if (typeof token !== 'string')
    throw new HttpError(400, 'invalid-option', 'The body must be { token, feedback: { kind } }.')
  const { store, opened } = await projectOf(projects, origin, token)
  const { accepted, duplicates } = await store.append([feedbackEvent(opened, feedback)])
  return Response.json({ recorded: accepted === 1, duplicate: duplicates === 1 })
}

/** The project that sealed a token. */
async function projectOf(projects: readonly FeedbackProject[], origin: string | null, token: string) {
  for (const { store, feedback } of projects) {
    const opened = feedback && (await openedWith(feedback.sealingKeys, token))
    if (opened === undefined) continue
    // A request without an origin comes from no page.
    if (origin === null || feedback?.origins?.includes(origin)) return { store, opened }
    throw new HttpError(
      403,
      'forbidden',
      `Pages of ${origin} may not send feedback. Add it to feedback.origins.`,
    )
  }
  throw new HttpError(401, 'unauthorized', 'The token was not sealed for this server, or has expired.')
}

async function openedWith(keys: readonly SealingKey[], token: string): Promise<string | undefined> {
  try {
    return await openToken(token, keys)
  } catch (error) {
    if (error instanceof InvalidTokenError) return undefined
    throw error
  }
}

function feedbackEvent(token: string, feedback: unknown): RunEvent {
  const { runId, configKey, variationKey, version } = decodeResumptionToken(token)
  return {
    ...{ kind: 'run-event', runId, metric: 'feedback', at: Date.now() },
    ...{ configKey, variationKey, version, modelName: '', providerName: '' },
    // The store checks it.
    value: feedback as RunEvent['value'],
  }
}
