import {
  type ActiveReplay,
  type Payload,
  type ReplayDecision,
  type RunEvent,
  replayFrame,
  runInFrame,
  type Sink,
  type SpanRecord,
  type TapeRecord,
} from '@runtape/core'
import { decodeValue } from '@runtape/trace'

/** A sink that keeps what it takes. */
export class Tape implements Sink {
  readonly records: TapeRecord[] = []

  append(record: TapeRecord): void {
    this.records.push(record)
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  get spans(): SpanRecord[] {
    return this.records.filter(record => record.kind === 'span')
  }

  get events(): RunEvent[] {
    return this.records.filter(record => record.kind === 'run-event')
  }

  /** The spans of model calls. */
  get calls(): SpanRecord[] {
    return this.spans.filter(span => span.type === 'model')
  }

  /** The one model call that there is. */
  get call(): SpanRecord {
    const [call, ...more] = this.calls
    if (!call || more.length > 0) throw new Error(`There are ${this.calls.length} model calls.`)
    return call
  }

  clear(): void {
    this.records.length = 0
  }
}

export const valueOf = (payload: Payload | undefined): unknown => payload && decodeValue(payload)

/** Runs `fn` in a replay that answers the model calls with these, in turn. */
export async function replaying<T>(
  recorded: readonly SpanRecord[],
  fn: () => T,
): Promise<{ result: Awaited<T>; tape: Tape }> {
  const tape = new Tape()
  const left = [...recorded]
  const replay: ActiveReplay = {
    testRunId: 'test-run',
    traceId: 'a'.repeat(32),
    sourceTraceId: recorded[0]?.traceId ?? 'b'.repeat(32),
    rootSourceSpanId: '1'.repeat(16),
    sink: tape,
    decide: call => (call.type === 'model' ? served(left.shift(), left.length % 2 === 0) : { action: 'run' }),
  }
  const result = await runInFrame(replayFrame(replay), fn)
  return { result, tape }
}

export const miss = new Error('Nothing on the tape answers this call.')

function served(span: SpanRecord | undefined, loads: boolean): ReplayDecision {
  if (!span) return { action: 'fail', error: miss }
  const answer = {
    ...(span.output && { output: span.output }),
    ...(span.error && { error: span.error.value }),
  }
  return {
    action: 'serve',
    sourceSpanId: span.spanId,
    resultKind: span.resultKind,
    ...(loads ? { load: async () => answer } : answer),
    complete: span.status !== 'cancelled' && span.status !== 'abandoned',
  }
}
