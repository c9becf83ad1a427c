import { type IterationObserver, tapIteration } from './tap-iteration.ts'
import { isNodeStream, type NodeStreamObserver, tapNodeStream } from './tap-node-stream.ts'
import { isWebStream, tapWebStream } from './tap-web-stream.ts'

/**
 * Reports each chunk of a stream, async iterable or generator as it passes, and its end; the object keeps its identity. A frozen
 * object is immediately reported as abandoned.
 *
 * @param ending see `tapIteration`
 */
export function tapStream<T extends object>(
  stream: T,
  observer: NodeStreamObserver,
  ending: Pick<IterationObserver, 'end'> = observer,
): T {
  if (!Object.isExtensible(stream)) return tapIteration(stream, observer, ending)
  if (isWebStream(stream)) return tapWebStream(stream, observer, ending)
  if (isNodeStream(stream)) return tapNodeStream(stream, observer, ending)
  return tapIteration(stream, observer, ending)
}
