import { RuntapeError, type SpanRecord } from '@runtape/core'
import type { Store, Trace, TraceOptions } from '@runtape/core/store'

/** The source of an item: a trace, or one call in the middle of it with its descendants. */
export interface ReplaySource {
  readonly traceId: string
  readonly spanId?: string
}

/** Loads the call and its descendants as a separate trace; it must be a call of `key`. */
export async function fetchSource(
  store: Store,
  key: string,
  source: ReplaySource,
  options?: TraceOptions,
): Promise<Trace> {
  const { traceId, spanId } = source
  const trace = await store.traces.get(traceId, options)
  if (!trace?.root) {
    throw new RuntapeError(
      'no-traces',
      `Trace ${traceId} is not in the store. Check the id, and that it was recorded into this store.`,
    )
  }
  if (!isWhole(trace)) throw damaged(traceId)
  const found = spanId === undefined ? trace.root : trace.spans.find(span => span.spanId === spanId)
  if (!found) {
    throw new RuntapeError('no-traces', `Trace ${traceId} has no span ${spanId}. Check the id.`)
  }
  if (found.key !== key) throw otherKey(trace, found, key)
  const root = await whole(store, found)
  return root === trace.root ? trace : { traceId, root, spans: spansUnder(trace, root) }
}

const isWhole = ({ spans }: Trace) =>
  Array.isArray(spans) &&
  spans.every(span => typeof span?.spanId === 'string' && typeof span.key === 'string')

const damaged = (traceId: string) =>
  new RuntapeError(
    'invalid-record',
    `The store returned trace ${traceId} without valid spans. Make sure that the store and @runtape/replay have matching versions.`,
  )

/** The span with its output, which may have been deferred. */
async function whole({ traces }: Store, span: SpanRecord): Promise<SpanRecord> {
  const { traceId, spanId, output } = span
  if (output?.deferred === undefined) return span
  const found = await traces.getSpan(traceId, spanId)
  if (found?.output?.deferred === undefined && found?.spanId === spanId) return found
  throw new RuntapeError('no-traces', `Span ${spanId} of trace ${traceId} is no longer in the store.`)
}

function otherKey({ traceId, root, spans }: Trace, found: SpanRecord, key: string): RuntapeError {
  const what = found === root ? `Trace ${traceId}` : `Span ${found.spanId} of trace ${traceId}`
  const inside = spans.find(span => span.key === key)
  const hint = inside
    ? `To replay a call inside it pass spans: [{ traceId: '${traceId}', spanId: '${inside.spanId}' }].`
    : 'Replay it through the function with its key.'
  return new RuntapeError('not-replayable', `${what} belongs to '${found.key}', not to '${key}'. ${hint}`)
}

// Parents come before their children.
function spansUnder({ spans }: Trace, root: SpanRecord): SpanRecord[] {
  const known = new Set([root.spanId])
  const under = spans.filter(({ spanId, parentSpanId }) => {
    if (parentSpanId === undefined || !known.has(parentSpanId)) return false
    known.add(spanId)
    return true
  })
  return [root, ...under]
}
