import { RuntapeError } from '@runtape/core'
import { messageOf, ownWorkFrame, runInFrame } from '@runtape/core/internal'
import type { CheckedOptions } from './options.ts'
import { errorOfResponse } from './wire/errors.ts'
import { longestTarget, longTarget } from './wire/targets.ts'

/** A request below `/v1`. */
export interface StoreRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly body?: RequestBody | undefined
}

export interface RequestBody {
  readonly type: 'application/json' | 'application/x-ndjson'
  readonly text: string
}

/** Bodies with fewer characters are sent as they are. */
const compressFrom = 2048

/** Sends requests to a server. */
export class Connection {
  /** For messages. */
  readonly name: string
  readonly #options: CheckedOptions
  readonly #closing = new AbortController()
  #isClosed = false

  constructor(options: CheckedOptions) {
    this.#options = options
    this.name = options.url
  }

  /**
   * The value of the response; `undefined` if there is none.
   *
   * @throws {RuntapeError} as the store behind the server throws it; `store-unusable` if the server cannot be reached
   */
  async ask(request: StoreRequest): Promise<unknown> {
    const { target } = request
    const sent = target.length > longestTarget ? withoutLongTarget(request) : request
    // In a replay, the requests of a store are no calls of the replayed code.
    const { status, headers, text } = await runInFrame(ownWorkFrame, () => this.#send(sent))
    if (status === 204 || isMissing(status, text)) return undefined
    if (status >= 200 && status < 300) return JSON.parse(text)
    throw withAdvice(errorOfResponse(status, text, this.name), status, headers.get('retry-after'))
  }

  /** @throws {RuntapeError} `store-closed` */
  requireOpen(): void {
    if (this.#isClosed) throw this.#closed()
  }

  async #send({ method, target, body }: StoreRequest) {
    const { url, key, timeoutMs, fetch } = this.#options
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    const content = body && (await contentOf(body))
    try {
      const response = await fetch(`${url}/v1${target}`, {
        method,
        signal,
        // Workers have no 'error'. What is redirected has no answer of the server.
        redirect: 'manual',
        headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...content?.headers },
        ...(content && { body: content.bytes }),
      })
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch (error) {
      throw this.#closing.signal.aborted ? this.#closed() : this.#unreachable(error)
    }
  }

  #unreachable(error: unknown): RuntapeError {
    const { cause, name } = error as Error
    const reason =
      name === 'TimeoutError'
        ? `no answer within ${this.#options.timeoutMs} ms`
        : messageOf(cause ?? error) || messageOf(error)
    return new RuntapeError(
      'store-unusable',
      `The server at ${this.name} cannot be reached: ${reason}. What was being written may be there or not; try again.`,
      { cause: error },
    )
  }

  #closed(): RuntapeError {
    return new RuntapeError(
      'store-closed',
      `The store at ${this.name} was closed. Open it again with httpStore, or close it later.`,
    )
  }

  /** Refuses new calls, and aborts those in progress once `last` has ended. */
  async close(last: Promise<unknown>): Promise<void> {
    this.#isClosed = true
    await last
    this.#closing.abort()
  }
}

/** A request whose target servers and proxies would refuse goes in the body of another one. */
function withoutLongTarget({ method, target, body }: StoreRequest): StoreRequest {
  const text = JSON.stringify({ method, target, body: body?.text, type: body?.type })
  return { method: 'POST', target: longTarget, body: { type: 'application/json', text } }
}

async function contentOf({ type, text }: RequestBody) {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length < compressFrom) return { bytes, headers: { 'content-type': type } }
  const packed = new Response(bytes).body?.pipeThrough(new CompressionStream('gzip'))
  return {
    bytes: new Uint8Array(await new Response(packed).arrayBuffer()),
    headers: { 'content-type': type, 'content-encoding': 'gzip' },
  }
}

/** The store has no such record. Another 404 is a wrong address. */
const isMissing = (status: number, text: string): boolean =>
  status === 404 && /^\{"error":\{"code":"not-found"/.test(text)

/** For the recorder, which waits as long as the server asks for, and takes no record for the cause of a 429. */
function withAdvice(error: RuntapeError, status: number, retryAfter: string | null): RuntapeError {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter)
  const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
  return Object.assign(error, wait, status === 429 ? { status } : {})
}
