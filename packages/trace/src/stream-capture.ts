import type { IterationEnd, IterationObserver, Payload, PayloadMark, ResultKind } from '@runtape/core'
import { runInFrame } from '@runtape/core'
import { type Path, showPath } from './capture/place.ts'
import type { Span } from './span.ts'

/** Records an iteration: each chunk as it passes, and one end. */
export class StreamCapture implements IterationObserver {
  readonly #span: Span
  readonly #kind: ResultKind
  #chunks: Payload[] = []
  #bytes = 0

  constructor(span: Span, kind: ResultKind) {
    this.#span = span
    this.#kind = kind
  }

  step<T>(run: () => T): T {
    return runInFrame(this.#span.frame(), run)
  }

  chunk(value: unknown): void {
    if (this.#isTooLarge()) return
    const chunk = this.#span.capture(value)
    this.#bytes += chunk.truncated ?? chunk.json.length
    if (this.#isTooLarge()) this.#chunks = []
    else this.#chunks.push(chunk)
  }

  end(how: IterationEnd): void {
    const error = how.status === 'error' ? how.error : undefined
    this.#span.end({ status: how.status, resultKind: this.#kind, output: this.#output(how), error })
  }

  #output(how: IterationEnd): Payload {
    const returned = this.#span.capture(how.status === 'ok' ? how.returned : undefined)
    this.#bytes += returned.truncated ?? 0
    if (this.#isTooLarge()) return { json: 'null', truncated: this.#bytes }
    return joinChunks(this.#chunks, returned)
  }

  #isTooLarge(): boolean {
    return this.#bytes > this.#span.tracing.limits.maxPayloadBytes
  }
}

/** One payload `{ chunks, returned }` from captured parts, without serialising any of them again. */
export function joinChunks(chunks: readonly Payload[], returned: Payload): Payload {
  const json = `{"chunks":[${chunks.map(chunk => chunk.json).join(',')}],"returned":${returned.json}}`
  const parts: readonly Part[] = [
    ...chunks.map((payload, index): Part => [payload, ['chunks', index]]),
    [returned, ['returned']],
  ]
  const meta = parts.flatMap(([payload, at]) => marksUnder(payload, at))
  const lossy = parts.flatMap(([payload, at]) => pathsUnder(payload.lossy, at))
  const redacted = parts.flatMap(([payload, at]) => pathsUnder(payload.redacted, at))
  return {
    json,
    ...(meta.length > 0 && { meta }),
    ...(lossy.length > 0 && { lossy }),
    ...(redacted.length > 0 && { redacted }),
  }
}

type Part = readonly [payload: Payload, at: Path]

function marksUnder({ meta = [] }: Payload, at: Path): PayloadMark[] {
  return meta.map(([path, type, detail]) => {
    const whole = [...at, ...path]
    if (type === 'ref') return [whole, type, [...at, ...(detail as PayloadMark[0])]]
    return detail === undefined ? [whole, type] : [whole, type, detail]
  })
}

// Each begins with `$`, for its own root.
const pathsUnder = (paths: readonly string[] = [], at: Path): string[] =>
  paths.map(path => showPath(at) + path.slice(1))
