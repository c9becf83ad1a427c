import { type Payload, type ResultKind, RuntapeError, type StreamKind } from '@runtape/core'
import { type LoadedAnswer, messageOf, type ReplayDecision } from '@runtape/core/internal'
import { decodeValue } from './capture/decode.ts'
import { markRejectionHandled } from './mark-rejection-handled.ts'
import { type Known, recordCall } from './record-call.ts'
import type { Span } from './span.ts'
import { type RecordedStream, streamAgain } from './streams/recorded-stream.ts'

type Served = Extract<ReplayDecision, { action: 'serve' }>

interface RecordedChunks {
  readonly chunks: readonly unknown[]
  readonly returned: unknown
}

/** The decision with its answer, which may have to be got first. For providers, who answer calls in their own way. */
export async function loadedAnswer(served: Served): Promise<Served> {
  return served.load ? { ...served, ...(await served.load()) } : served
}

/**
 * Answers a call from the tape, as the kind of thing that it gave when it was recorded: a value at once, a promise,
 * a generator chunk by chunk; a recorded error is thrown again.
 */
export function serveCall(span: Span, served: Served): unknown {
  const { load, resultKind, complete, output, isRecorded } = served
  if (load && resultKind !== 'async-generator') return serveLoaded(span, served, load())
  const result = recordCall(span, () => answer(served), undefined, [], isRecorded ? { output } : {})
  return complete ? result : markRejectionHandled(result)
}

function serveLoaded(span: Span, served: Served, loading: Promise<LoadedAnswer>): unknown {
  const known: Known = {}
  const answered = async () => {
    const loaded = await loading
    if (loaded.isRecorded) known.output = loaded.output
    return promisedAnswer({ ...served, ...loaded })
  }
  const result = recordCall(span, answered, undefined, [], known)
  // Perhaps nobody waits for it.
  loading.catch(() => void markRejectionHandled(result))
  return served.complete ? result : markRejectionHandled(result)
}

function answer(served: Served): unknown {
  const { resultKind, load } = served
  if (load) return loadedChunks(served)
  if (resultKind === 'value') return valueOf(served)
  if (resultKind === 'promise' || isPromised(resultKind))
    return new Promise(resolve => resolve(promisedAnswer(served)))
  return streamAgain(resultKind, recorded(served))
}

// It is got when somebody reads it.
async function* loadedChunks(served: Served): AsyncGenerator {
  const stream = streamAgain('async-generator', recorded(await loadedAnswer(served)))
  return yield* stream as AsyncGenerator
}

/** What the promise gives. */
function promisedAnswer(served: Served): unknown {
  const { resultKind, output } = served
  if (!isPromised(resultKind) || !output) return valueOf(served)
  return streamAgain(resultKind.slice(promised.length) as StreamKind, recorded(served))
}

const promised = 'promise-of-'

const isPromised = (kind: ResultKind): kind is `promise-of-${StreamKind}` => kind.startsWith(promised)

function valueOf({ output, error, complete }: Served): unknown {
  if (error) throw read(error)
  if (!complete && !output) {
    throw new RuntapeError(
      'replay-miss',
      'The recorded call was never awaited, so it never ran and has no answer. Record a trace that awaits it, or let this call run.',
    )
  }
  return output && read(kept(output))
}

function recorded(served: Served): RecordedStream {
  try {
    const { chunks, returned } = recordedChunks(served)
    return { chunks, finish: () => finish(served, returned) }
  } catch (error) {
    // A stream fails when it is read.
    const fail = () => {
      throw error
    }
    return { chunks: [], finish: fail }
  }
}

function recordedChunks({ output }: Served): RecordedChunks {
  if (!output) return { chunks: [], returned: undefined }
  const { chunks, returned } = (read(kept(output)) ?? {}) as Partial<RecordedChunks>
  if (Array.isArray(chunks)) return { chunks, returned }
  throw notKept('is not that of a stream', 'Update this package')
}

function finish({ error, complete }: Served, returned: unknown): unknown {
  if (error) throw read(error)
  if (complete) return returned
  throw new RuntapeError(
    'replay-miss',
    'The recorded stream was not read to its end, so what comes next is not on the tape. Read no further than the recording, or let this call run.',
  )
}

function kept(payload: Payload): Payload {
  const { truncated, lossy, redacted } = payload
  if (truncated !== undefined)
    throw notKept(`was too large to keep (${truncated} bytes)`, 'Raise maxPayloadBytes')
  if (redacted?.includes('$'))
    throw notKept('was kept out (by capture: { output: false } or by a redact hook)', 'Keep it')
  if (lossy) throw notKept(`holds what cannot be kept (${lossy[0]})`, 'Return plain data')
  return payload
}

// What another version wrote, or somebody has damaged.
function read(payload: Payload): unknown {
  try {
    return decodeValue(payload)
  } catch (error) {
    if (RuntapeError.isInstance(error)) throw error
    throw notKept(`cannot be read (${messageOf(error)})`, 'Update this package')
  }
}

function notKept(state: string, step: string): RuntapeError {
  return new RuntapeError(
    'not-replayable',
    `The recorded output ${state}. ${step} and record again, or let this call run.`,
  )
}
