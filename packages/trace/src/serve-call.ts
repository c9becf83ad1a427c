import { type Payload, type ReplayDecision, RuntapeError } from '@runtape/core'
import { decodeValue } from './capture/decode.ts'
import { quietly } from './quietly.ts'
import { recordCall } from './record-call.ts'
import type { Span } from './span.ts'

type Served = Extract<ReplayDecision, { action: 'serve' }>

interface RecordedChunks {
  readonly chunks: readonly unknown[]
  readonly returned: unknown
}

/**
 * Answers a call from the tape, as the kind of thing that it gave when it was recorded: a value at once, a promise,
 * a generator chunk by chunk; a recorded error is thrown again.
 */
export function serveCall(span: Span, served: Served): unknown {
  const result = recordCall(span, () => answer(served), undefined, [], served.output)
  return served.complete ? result : quietly(result)
}

function answer(served: Served): unknown {
  switch (served.resultKind) {
    case 'value':
      return valueOf(served)
    case 'promise':
      return new Promise(resolve => resolve(valueOf(served)))
    case 'generator':
      return chunksOf(served)
    case 'async-generator':
      return asyncChunksOf(served)
    case 'promise-of-async-generator':
      return new Promise(resolve => resolve(served.output ? asyncChunksOf(served) : valueOf(served)))
    case 'promise-of-generator':
      return new Promise(resolve => resolve(served.output ? chunksOf(served) : valueOf(served)))
  }
}

function valueOf({ output, error, complete }: Served): unknown {
  if (error) throw decodeValue(error)
  if (!complete && !output) {
    throw new RuntapeError(
      'replay-miss',
      'The recorded call was never awaited, so it never ran and has no answer. Record a trace that awaits it, or let this call run.',
    )
  }
  return output && decodeValue(kept(output))
}

function* chunksOf(served: Served): Generator {
  const { chunks, returned } = recorded(served)
  yield* chunks
  return finish(served, returned)
}

async function* asyncChunksOf(served: Served): AsyncGenerator {
  const { chunks, returned } = recorded(served)
  for (const chunk of chunks) yield chunk
  return finish(served, returned)
}

const recorded = ({ output }: Served): RecordedChunks =>
  output ? (decodeValue(kept(output)) as RecordedChunks) : { chunks: [], returned: undefined }

function finish({ error, complete }: Served, returned: unknown): unknown {
  if (error) throw decodeValue(error)
  if (complete) return returned
  throw new RuntapeError(
    'replay-miss',
    'The recorded stream was not read to its end, so what comes next is not on the tape. Read no further than the recording, or let this call run.',
  )
}

function kept(payload: Payload): Payload {
  const { truncated, lossy } = payload
  if (truncated !== undefined)
    throw notKept(`was too large to keep (${truncated} bytes)`, 'Raise maxPayloadBytes')
  if (lossy) throw notKept(`holds what cannot be kept (${lossy[0]})`, 'Return plain data')
  return payload
}

function notKept(state: string, step: string): RuntapeError {
  return new RuntapeError(
    'not-replayable',
    `The recorded output ${state}. ${step} and record again, or let this call run.`,
  )
}
