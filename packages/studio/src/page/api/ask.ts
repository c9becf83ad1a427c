import { pathSegment, queryText } from '@runtape/store-http/wire'

/** A request that failed, in words for a reader. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/**
 * Asks the server.
 *
 * @param path below `/v1`, in parts: `['runs', runId]`
 * @throws {HttpError}
 */
export async function ask<Answer>(
  path: readonly string[],
  query: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const text = queryText(query)
  const address = `/v1/${path.map(pathSegment).join('/')}${text === '' ? '' : `?${text}`}`
  const response = await reached(fetch(address, { ...(signal && { signal }) }))
  if (response.status === 204) return undefined as Answer
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body as Answer
  throw refusal(response.status, body)
}

/** Sends a change. */
export async function send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<void> {
  const init = {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }
  const response = await reached(fetch(`/v1/${path}`, init))
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => undefined))
}

function refusal(status: number, body: unknown): HttpError {
  const { code, message } = (body as { error?: { code?: string; message?: string } })?.error ?? {}
  return new HttpError(status, code ?? 'unknown', message ?? `The server answered ${status}.`)
}

async function reached(response: Promise<Response>): Promise<Response> {
  try {
    return await response
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new HttpError(0, 'unreachable', 'The server cannot be reached. It may have been stopped.')
  }
}
