import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { statusOf, type WireError } from '@runtape/store-http/wire'

/** A response that is an error. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: string
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A server that is down is asked again after this many seconds. */
const retryAfterSeconds = 1

/** The response for whatever was thrown. */
export function errorResponse(thrown: unknown): Response {
  if (thrown instanceof HttpError) return responseOf(thrown)
  if (!RuntapeError.isInstance(thrown))
    return responseOf(new HttpError(500, 'internal', `The server failed: ${messageOf(thrown)}. See its log.`))
  const { code, message } = thrown
  const status = statusOf(code)
  return responseOf(new HttpError(status, code, message, status === 503 ? retryAfterSeconds : undefined))
}

function responseOf({ status, code, message, retryAfterSeconds: wait }: HttpError): Response {
  const body: WireError = { error: { code, message } }
  const headers = wait === undefined ? {} : { 'retry-after': String(wait) }
  return Response.json(body, { status, headers })
}
