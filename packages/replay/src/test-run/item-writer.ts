import { RuntapeError, type SpanRecord } from '@runtape/core'
import { droppedTag, messageOf, warnSafely } from '@runtape/core/internal'
import type { ItemCall, ItemIdentity, ItemReceipt, ItemRecord, ItemResult } from '@runtape/core/store'
import type { ReplayItem } from '../report.ts'
import { withAbortDeadline } from '../run/abort-deadline.ts'
import type { LateErrors, LateEvents } from '../run/late-errors.ts'
import type { ResolvedOptions } from '../run/resolve-options.ts'
import { itemCalls } from './item-calls.ts'
import { itemRecordOf } from './item-record.ts'
import type { RecordWriter } from './record-writer.ts'

interface WriterOptions extends ResolvedOptions {
  readonly key: string
  readonly testRunId: string
  readonly signal: AbortSignal
  readonly lateErrors: LateErrors
  readonly writer: RecordWriter
}

/** An item that was put. */
interface Put {
  readonly identity: ItemIdentity
  readonly outcome: ItemResult
  /** Number of its late missed calls when it was put. */
  readonly missed: number
}

/** Puts the items of a test run into its store as they resolve. Warns about items that cannot be put; changes no item. */
export class ItemWriter {
  readonly #options: WriterOptions
  /** By the trace that the replay made. */
  readonly #put = new Map<string, Put>()
  /** Keys of the calls that `drop()` removed, by the trace that the replay made, until its item is put. */
  readonly #dropped = new Map<string, ReadonlySet<string>>()
  #conflicts = 0
  #failed = 0
  #firstProblem = ''

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Call with the records of a replay before its item is put: the item must not keep dropped calls either. */
  noteSpans(traceId: string, spans: readonly SpanRecord[]): void {
    this.#dropped.set(traceId, droppedKeys(spans))
  }

  async put(item: ReplayItem, attempt: number): Promise<void> {
    const { testRunId, store, lateErrors } = this.#options
    const { sourceTraceId, sourceSpanId, outcome, traceId } = item
    if (traceId !== null) {
      const span = sourceSpanId === undefined ? {} : { sourceSpanId }
      const missed = lateErrors.of(traceId)?.missed.length ?? 0
      this.#put.set(traceId, { identity: { sourceTraceId, ...span, attempt }, outcome, missed })
    }
    const putting = async () => {
      const record = itemRecordOf(item, attempt, this.#options)
      return store.testRuns.putItem(testRunId, await this.#withoutDropped(record))
    }
    await this.#write(putting, `the item of trace ${sourceTraceId}`)
  }

  /** Adds facts that became known after items were put. */
  async putLate(): Promise<void> {
    for (const [traceId, late] of this.#options.lateErrors.all()) {
      const put = this.#put.get(traceId)
      if (put) await this.#putLate(put, late)
    }
  }

  /** Reports items that the store already had with another result, and those that could not be put. */
  warn(): void {
    const { logger, testRunId } = this.#options
    if (this.#conflicts > 0)
      warnSafely(
        logger,
        `${this.#conflicts} items of test run ${testRunId} were in the store with another result, from an earlier replay. The store keeps the first; replay under a new testRunId to keep this one.`,
      )
    if (this.#failed > 0)
      warnSafely(
        logger,
        `${this.#failed} items of test run ${testRunId} could not be put into the store, so that it lacks them: ${this.#firstProblem}`,
      )
  }

  async #withoutDropped(record: ItemRecord): Promise<ItemRecord> {
    const { traceId, calls } = record
    if (traceId === null) return record
    const noted = this.#dropped.get(traceId)
    this.#dropped.delete(traceId)
    if (!calls.some(({ input }) => input)) return record
    // Of an item that ran in another process.
    const dropped = noted ?? droppedKeys((await this.#options.store.traces.get(traceId))?.spans ?? [])
    if (dropped.size === 0) return record
    const kept = ({ recordedInput: _, input: __, ...call }: ItemCall): ItemCall => call
    return { ...record, calls: calls.map(call => (dropped.has(call.key) ? kept(call) : call)) }
  }

  async #putLate({ identity, outcome, missed: known }: Put, { errors, missed }: LateEvents): Promise<void> {
    const { testRunId, store } = this.#options
    const unknown = missed.slice(known)
    const names = [...new Set(unknown.map(({ key }) => key))].join(', ')
    const late = {
      ...identity,
      outcome: unknown.length > 0 ? ('failed' as const) : outcome,
      ...(unknown.length > 0 && outcome !== 'failed' && { reason: `missed after the end: ${names}` }),
      lateErrors: errors,
      calls: itemCalls(
        { error: null, mocks: { served: [], drifted: [], missed: unknown, overridden: [], unused: [] } },
        this.#options,
      ),
    }
    await this.#write(
      async () => store.testRuns.putLate(testRunId, late),
      `the late errors of trace ${identity.sourceTraceId}`,
    )
  }

  async #write(put: () => Promise<ItemReceipt>, what: string): Promise<void> {
    const { signal, writer } = this.#options
    try {
      if (writer.hasGivenUp) throw new RuntapeError('store-unusable', `the store did not respond`)
      const { status } = await withAbortDeadline(signal, put(), `the store to keep ${what}`)
      if (status === 'conflict') this.#conflicts++
    } catch (error) {
      if (signal.aborted) writer.giveUp()
      this.#failed++
      this.#firstProblem ||= messageOf(error)
    }
  }
}

const droppedKeys = (spans: readonly SpanRecord[]): ReadonlySet<string> =>
  new Set(spans.flatMap(span => (droppedTag(span) ? [span.key] : [])))
