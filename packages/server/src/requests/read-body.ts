import { HttpError } from '../http-error.ts'
import type { ServerLimits } from '../limits.ts'
import { BytesInMemory } from './bytes-in-memory.ts'

/**
 * The body of a request as text, decompressed.
 *
 * @throws {HttpError} 413 for more than the limits, before more is read; 415 for an unknown encoding; 400 for a damaged body
 */
export async function readBody(request: Request, limits: ServerLimits): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return whileHeld(limits, async memory => {
    let text = ''
    for await (const chunk of inflatedBody(request, limits) ?? []) {
      memory.add(chunk.length)
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  })
}

/**
 * The body of a request as bytes, decompressed.
 *
 * @throws {HttpError} as `readBody`
 */
export async function readBytes(request: Request, limits: ServerLimits): Promise<Uint8Array> {
  return whileHeld(limits, async memory => {
    const held = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        memory.add(chunk.length)
        controller.enqueue(chunk)
      },
    })
    const response = new Response(inflatedBody(request, limits)?.pipeThrough(held) ?? null)
    return new Uint8Array(await response.arrayBuffer())
  })
}

function inflatedBody(
  { body, headers }: Request,
  limits: ServerLimits,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  if (!body) return null
  const encoding = headers.get('content-encoding') ?? 'identity'
  const length = Number(headers.get('content-length') ?? 0)
  if (length > limits.bodyBytes) throw tooLarge('body', limits.bodyBytes)
  const sent = body.pipeThrough(counting('body', limits.bodyBytes))
  if (encoding === 'identity') return sent
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new HttpError(
      415,
      'not-acceptable',
      `The server cannot read the encoding "${encoding}". Send gzip, deflate, or no content-encoding.`,
    )
  return sent
    .pipeThrough(new DecompressionStream(encoding))
    .pipeThrough(counting('decompressed body', limits.inflatedBytes))
}

/** Ends with an error as soon as more bytes pass. */
function counting(
  what: string,
  most: number,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length
      if (bytes > most) throw tooLarge(what, most)
      controller.enqueue(chunk)
    },
  })
}

async function whileHeld<T>(
  { inflatedBytes }: ServerLimits,
  read: (memory: BytesInMemory) => Promise<T>,
): Promise<T> {
  const memory = new BytesInMemory(inflatedBytes)
  try {
    return await read(memory)
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new HttpError(
      400,
      'invalid-option',
      'The body is damaged: it is not complete, or not in its encoding.',
    )
  } finally {
    memory.release()
  }
}

const tooLarge = (what: string, most: number): HttpError =>
  new HttpError(413, 'too-large', `The ${what} has more than ${most} bytes. Send less in one request.`)
