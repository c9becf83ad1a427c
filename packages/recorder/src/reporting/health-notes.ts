import type { TapeRecord } from '@runtape/core'
import { newRunId, realNow } from '@runtape/core/internal'
import type { HealthKind, HealthReport, HealthSample, ReportedCount, Store } from '@runtape/core/store'
import { mostSamples, sampleOfRecord } from '@runtape/core/store-helpers'
import { inTime } from '../writing/store-writer.ts'

interface Noted extends Omit<ReportedCount, 'samples'> {
  readonly samples: ReportedCount['samples']
  /** The count in the last report that the store has accepted. */
  readonly told: number
}

const dayMs = 86_400_000

/** Counts records that never reach the store, and reports the counts to it. */
export class HealthNotes {
  // Reports are cumulative under this id, so that a repeated report counts once.
  #reporter = newRunId()
  #toldAt = 0
  readonly #noted = new Map<HealthKind, Noted>()
  readonly #now: () => number
  #isNew = false

  /** @param now the clock, in milliseconds since the Unix epoch */
  constructor(now: () => number = realNow) {
    this.#now = now
  }

  /** Whether there is something to report. */
  get isNew(): boolean {
    return this.#isNew
  }

  count(kind: HealthKind, record: TapeRecord, reason?: string): void {
    const at = this.#now()
    this.#startAgain(at)
    const { count = 0, firstAt = at, samples = [], told = 0 } = this.#noted.get(kind) ?? {}
    const sample = sampleIn(record, at, reason)
    const next = sample ? [...samples, { ...sample, number: count + 1 }] : samples
    this.#noted.set(kind, {
      kind,
      count: count + 1,
      firstAt,
      lastAt: at,
      samples: next.slice(-mostSamples),
      told,
    })
    this.#isNew = true
  }

  /** Stores may sum the counts of reporters that have reported nothing for long. */
  #startAgain(at: number): void {
    if (this.#isNew || at - this.#toldAt < dayMs) return
    this.#reporter = newRunId()
    this.#noted.clear()
  }

  /** Reports to the store. If that fails, the next write tries again: reports are cumulative. */
  async tell(store: Store, timeoutMs: number): Promise<void> {
    try {
      const report = this.#report()
      await inTime(store.health.report(report), timeoutMs)
      this.#reported(report)
    } catch {
      // The store has no `health`, or it is failing: then its writes report the failure.
    }
  }

  /** As `tell`, synchronously, for the exit of the process. */
  tellSync({ health }: Store): void {
    try {
      if (!health.reportSync) return
      const report = this.#report()
      health.reportSync(report)
      this.#reported(report)
    } catch {
      // As above, but there is no later attempt.
    }
  }

  #report(): HealthReport {
    const counts = [...this.#noted.values()].filter(({ count, told }) => count > told)
    return { reporter: this.#reporter, counts: counts.map(({ told: _, ...count }) => count) }
  }

  #reported({ counts }: HealthReport): void {
    this.#toldAt = this.#now()
    for (const { kind, count } of counts) {
      const noted = this.#noted.get(kind)
      if (!noted) continue
      const samples = noted.samples.filter(({ number }) => number > count)
      this.#noted.set(kind, { ...noted, samples, told: Math.max(noted.told, count) })
    }
    this.#isNew = [...this.#noted.values()].some(({ count, told }) => count > told)
  }
}

/** `undefined` if reading the record throws. */
function sampleIn(record: TapeRecord, at: number, reason: string | undefined): HealthSample | undefined {
  try {
    return sampleOfRecord(record, { at, ...(reason !== undefined && { reason }) })
  } catch {
    return undefined
  }
}
