import { headOf, showValue } from '@runtape/replay/report'
import type { ReportedReplay } from './reported-replay.ts'

/**
 * The whole report as JSON: test run, status, summary, calls outside, and each item with its problems. Bigints
 * become strings, maps objects, sets arrays, non-finite numbers null, and errors their name and message.
 */
export function jsonReport({ key, report, judged, shard }: ReportedReplay): string {
  const { items, ...whole } = report
  const shown = {
    key,
    ...(shard !== undefined && { shard }),
    pass: judged.pass,
    ...whole,
    problems: [...judged.problems, ...judged.missing, ...judged.unreached, ...judged.outside],
    items: judged.items.map(({ item: { thrown: _, ...item }, status, problems }) => ({
      status,
      problems,
      ...item,
    })),
  }
  try {
    return asJson(shown)
  } catch {
    return asJson({ ...shown, items: shown.items.map(withTexts) })
  }
}

const asJson = (value: unknown): string => `${JSON.stringify(value, jsonValue, 2)}\n`

/** The item with texts in place of what JSON cannot hold, such as cycles. */
const withTexts = (item: object): object =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      isWritable(value) ? value : headOf(showValue(value), 2000),
    ]),
  )

function isWritable(value: unknown): boolean {
  try {
    asJson(value)
    return true
  } catch {
    return false
  }
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Error) return { name: value.name, message: value.message }
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  if (typeof value === 'number' && !Number.isFinite(value)) return null
  return value
}
