import type { Payload, PayloadMark } from '@runtape/core'

/**
 * The captured value without the stacks of its errors: they name folders of the recording machine, differ between machines, and
 * are not compared.
 */
export function withoutStacks(
  json: unknown,
  meta: Payload['meta'],
): readonly [json: unknown, meta: Payload['meta']] {
  const errors = (meta ?? []).filter(([, type]) => type === 'error')
  if (errors.length === 0) return [json, meta]
  const stacks = new Set<string>()
  for (const [path] of errors) {
    const error = valueAt(json, path)
    if (error === undefined || !Object.hasOwn(error, 'stack')) continue
    delete error.stack
    stacks.add(JSON.stringify([...path, 'stack']))
  }
  return [json, meta?.filter(mark => !isUnder(stacks, mark))]
}

function valueAt(json: unknown, path: PayloadMark[0]): { stack?: unknown } | undefined {
  let value = json
  for (const step of path) value = (value as Record<string | number, unknown> | null | undefined)?.[step]
  return typeof value === 'object' && value !== null ? value : undefined
}

function isUnder(stacks: ReadonlySet<string>, [path]: PayloadMark): boolean {
  return path.some((step, index) => step === 'stack' && stacks.has(JSON.stringify(path.slice(0, index + 1))))
}
