import type { IterationEnd, IterationObserver, Payload, PayloadMark, ResultKind } from '@runtape/core'
import { runInFrame } from '@runtape/core'
import type { Span } from './span.ts'

/** Records an iteration: each chunk as it passes, and one end. */
export class StreamCapture implements IterationObserver {
  readonly #span: Span
  readonly #kind: ResultKind
  readonly #chunks: Payload[] = []
  #bytes = 0

  constructor(span: Span, kind: ResultKind) {
    this.#span = span
    this.#kind = kind
  }

  step<T>(run: () => T): T {
    return runInFrame(this.#span.frame(), run)
  }

  chunk(value: unknown): void {
    if (this.#bytes > this.#limit()) return
    const chunk = this.#span.capture(value)
    this.#bytes += chunk.json.length
    this.#chunks.push(chunk)
  }

  end(how: IterationEnd): void {
    const error = how.status === 'error' ? how.error : undefined
    this.#span.end({ status: how.status, resultKind: this.#kind, output: this.#output(how), error })
  }

  #output(how: IterationEnd): Payload {
    if (this.#bytes > this.#limit()) return { json: 'null', truncated: this.#bytes }
    return joinChunks(this.#chunks, this.#span.capture(how.status === 'ok' ? how.returned : undefined))
  }

  #limit(): number {
    return this.#span.tracing.limits.maxPayloadBytes
  }
}

/** One payload `{ chunks, returned }` from captured parts, without serialising any of them again. */
export function joinChunks(chunks: readonly Payload[], returned: Payload): Payload {
  const json = `{"chunks":[${chunks.map(chunk => chunk.json).join(',')}],"returned":${returned.json}}`
  const meta = [
    ...chunks.flatMap((chunk, index) => under(chunk, ['chunks', index])),
    ...under(returned, ['returned']),
  ]
  const lossy = [...chunks, returned].flatMap(part => part.lossy ?? [])
  const redacted = [...chunks, returned].flatMap(part => part.redacted ?? [])
  return {
    json,
    ...(meta.length > 0 && { meta }),
    ...(lossy.length > 0 && { lossy }),
    ...(redacted.length > 0 && { redacted }),
  }
}

function under({ meta = [] }: Payload, prefix: (string | number)[]): PayloadMark[] {
  return meta.map(([path, type, detail]) => {
    const at = [...prefix, ...path]
    if (type === 'ref') return [at, type, [...prefix, ...(detail as PayloadMark[0])]]
    return detail === undefined ? [at, type] : [at, type, detail]
  })
}
