import { HttpError } from '../http-error.ts'
import type { ServerLimits } from '../limits.ts'

/**
 * The body of a request as text, decompressed.
 *
 * @throws {HttpError} 413 for more than the limits, before more is read; 415 for an unknown encoding; 400 for a damaged body
 */
export async function readBody(request: Request, limits: ServerLimits): Promise<string> {
  const { body } = request
  if (!body) return ''
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  const length = Number(request.headers.get('content-length') ?? 0)
  if (length > limits.bodyBytes) throw tooLarge('body', limits.bodyBytes)
  const sent = body.pipeThrough(counting('body', limits.bodyBytes))
  if (encoding === 'identity') return textOf(sent)
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new HttpError(
      415,
      'not-acceptable',
      `The server cannot read the encoding "${encoding}". Send gzip, deflate, or no content-encoding.`,
    )
  const inflated = sent.pipeThrough(new DecompressionStream(encoding))
  return textOf(inflated.pipeThrough(counting('decompressed body', limits.inflatedBytes)))
}

/** Ends with an error as soon as more bytes pass. */
function counting(what: string, most: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length
      if (bytes > most) throw tooLarge(what, most)
      controller.enqueue(chunk)
    },
  })
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  try {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new HttpError(400, 'invalid-option', 'The body is damaged: it is not complete, or not UTF-8.')
  }
}

const tooLarge = (what: string, most: number): HttpError =>
  new HttpError(413, 'too-large', `The ${what} has more than ${most} bytes. Send less in one request.`)
