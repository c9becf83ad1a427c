import type { HealthCount, HealthKind, HealthSample, Store, StoreHealth } from '@runtape/core/store'
import {
  buriedNamesOf,
  healthKinds,
  mostSamples,
  readHealthReport,
  requireNow,
  unknownUsageOf,
} from '@runtape/core/store-helpers'
import type { KeptCount } from '../kept.ts'
import { runsOf } from '../runs/runs.ts'
import { usageOf } from '../runs/usage.ts'
import { arrive, openTape, type Tape } from '../traces/tape.ts'
import { rootsOf } from '../traces/traces.ts'

/** The `health` part of a memory store. */
export function healthPart(tape: Tape): Store['health'] {
  const report: Required<Store['health']>['reportSync'] = given => {
    const { reporter, counts } = readHealthReport(given)
    for (const { samples, ...count } of counts) {
      const known = openTape(tape).health.counts.find(
        each => each.kind === count.kind && each.reporter === reporter,
      )
      if (known && known.count >= count.count) continue
      putCount(tape, { ...count, reporter })
      for (const { number, ...sample } of samples)
        if (number > (known?.count ?? 0) && !isBuried(tape, sample)) putSample(tape, count.kind, sample)
    }
  }
  return {
    get: async options => {
      requireNow('health.get', options)
      return healthOf(openTape(tape))
    },
    report: async given => report(given),
    reportSync: report,
  }
}

/** Counts a record in the store itself. */
export function countRecord(tape: Tape, kind: HealthKind, sample: HealthSample): void {
  const known = tape.health.counts.find(each => each.kind === kind && each.reporter === '')
  const { count = 0, firstAt = sample.at } = known ?? {}
  putCount(tape, { kind, reporter: '', count: count + 1, firstAt, lastAt: sample.at })
  putSample(tape, kind, sample)
}

function putCount(tape: Tape, count: KeptCount): void {
  const { health } = tape
  arrive(tape, { kind: 'health', id: '' })
  health.counts = health.counts.filter(each => each.kind !== count.kind || each.reporter !== count.reporter)
  health.counts.push(count)
}

function putSample({ health }: Tape, kind: HealthKind, sample: HealthSample): void {
  health.samples.push({ ...sample, kind })
  const own = health.samples.filter(each => each.kind === kind)
  const old = own.slice(0, Math.max(0, own.length - mostSamples))
  health.samples = health.samples.filter(each => !old.includes(each))
}

const isBuried = ({ tombstones }: Tape, sample: HealthSample): boolean =>
  buriedNamesOf(sample).some(name => (tombstones.get(name)?.until ?? -Infinity) >= sample.at)

function countsOf({ health }: Tape): HealthCount[] {
  return healthKinds.flatMap(kind => {
    const own = health.counts.filter(each => each.kind === kind)
    if (own.length === 0) return []
    const samples = health.samples.filter(each => each.kind === kind).map(({ kind: _, ...sample }) => sample)
    return {
      kind,
      count: own.reduce((sum, { count }) => sum + count, 0),
      firstAt: Math.min(...own.map(({ firstAt }) => firstAt)),
      lastAt: Math.max(...own.map(({ lastAt }) => lastAt)),
      samples: samples.reverse(),
    }
  })
}

function healthOf(tape: Tape): StoreHealth {
  const runs = runsOf(tape)
  const bill = usageOf(runs, { groupBy: ['provider', 'model'] })
  const roots = rootsOf(tape).filter(({ replay }) => !replay)
  const times = [...runs.map(({ firstAt }) => firstAt), ...roots.map(({ startedAt }) => startedAt)]
  return {
    counts: countsOf(tape),
    ...unknownUsageOf(bill),
    runs: runs.length,
    traces: roots.length,
    ...(times.length > 0 && { oldestAt: Math.min(...times) }),
  }
}
