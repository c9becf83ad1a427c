import type { HealthKind, HealthReport, HealthSample, ReportedCount, Store, TapeRecord } from '@runtape/core'
import { newRunId, realNow } from '@runtape/core/internal'
import { mostSamples, sampleOfRecord } from '@runtape/core/store-helpers'
import { inTime } from './store-writer.ts'

interface Noted extends Omit<ReportedCount, 'samples'> {
  readonly samples: ReportedCount['samples']
  /** The count in the last report that the store has accepted. */
  readonly told: number
}

/** Counts what never reaches the store as a record, until the store has been told. */
export class HealthNotes {
  // A report has all records since the beginning, so that one that is sent again counts once.
  readonly #reporter = newRunId()
  readonly #noted = new Map<HealthKind, Noted>()
  #isNew = false

  /** Whether there is something to report. */
  get isNew(): boolean {
    return this.#isNew
  }

  count(kind: HealthKind, record: TapeRecord, reason?: string): void {
    const at = realNow()
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

  /** Tells the store. If that fails, the next write tries again: the counts are complete each time. */
  async tell(store: Store, timeoutMs: number): Promise<void> {
    try {
      const report = this.#report()
      await inTime(store.health.report(report), timeoutMs)
      this.#reported(report)
    } catch {
      // The store has no such part, or is failing, which its writes report.
    }
  }

  /** As `tell`, for the last moment of the process. */
  tellSync({ health }: Store): void {
    try {
      if (!health.reportSync) return
      const report = this.#report()
      health.reportSync(report)
      this.#reported(report)
    } catch {
      // As above. There is no later time.
    }
  }

  #report(): HealthReport {
    const counts = [...this.#noted.values()].filter(({ count, told }) => count > told)
    return { reporter: this.#reporter, counts: counts.map(({ told: _, ...count }) => count) }
  }

  #reported({ counts }: HealthReport): void {
    for (const { kind, count } of counts) {
      const noted = this.#noted.get(kind)
      if (!noted) continue
      const samples = noted.samples.filter(({ number }) => number > count)
      this.#noted.set(kind, { ...noted, samples, told: Math.max(noted.told, count) })
    }
    this.#isNew = [...this.#noted.values()].some(({ count, told }) => count > told)
  }
}

/** `undefined` if the record is something that cannot be read. */
function sampleIn(record: TapeRecord, at: number, reason: string | undefined): HealthSample | undefined {
  try {
    return sampleOfRecord(record, { at, ...(reason !== undefined && { reason }) })
  } catch {
    return undefined
  }
}
