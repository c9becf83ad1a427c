import type { StreamKind } from '@runtape/core'
import { isGenerator, isIteration, isNodeStream, isWebStream, tapStream as tap } from '@runtape/core/internal'
import { membersBeside } from '../effects/members.ts'
import type { Span } from '../spans/span.ts'
import { StreamCapture } from './stream-capture.ts'

/** True for anything that is read chunk by chunk. */
export const isStream = (value: unknown): value is object => isIteration(value) || isWebStream(value)

/** Records the stream in its span, each chunk as it passes; the object keeps its identity. */
export function tapStream<T extends object>(span: Span, stream: T, prefix: '' | 'promise-of-' = ''): T {
  const kind = kindOf(stream)
  const members = membersBeside(stream)
  if (members) span.noteEffects(prefix === '' ? { members } : { streamMembers: members })
  return tap(stream, new StreamCapture(span, `${prefix}${kind}`))
}

function kindOf(stream: object): StreamKind {
  if (isGenerator(stream)) return 'generator'
  if (isWebStream(stream)) return 'web-stream'
  return isNodeStream(stream) ? 'node-stream' : 'async-generator'
}
