import { RuntapeError } from '@runtape/core'
import { decodeValue, encodeValue } from '@runtape/trace'

/**
 * A copy of the value without these paths: `token`, `items.*.id`, `**.createdAt`, or in JSONPath `$.token`, `$.items[*].id`,
 * `$..createdAt`. `*` stands for one step, `**` for any number of steps.
 */
export function withoutPaths(value: unknown, paths: readonly string[]): unknown {
  const copy = decodeValue(encodeValue(value))
  for (const steps of paths.map(stepsOf)) remove(copy, steps)
  return copy
}

/** Whether a path from a replay's report (`$.items[0].price: an instance of Money`) equals one of the paths, or is inside it. */
export function isUnder(place: string, paths: readonly string[]): boolean {
  const [path = ''] = place.split(': ', 1)
  const steps = path
    .slice(1)
    .split(/\.|\[(\d+)\]/)
    .filter(Boolean)
  return paths.map(stepsOf).some(pattern => reaches(pattern, steps))
}

/** Whether the pattern matches as many of the first steps as it has. */
function reaches([step, ...rest]: readonly string[], [first, ...below]: readonly string[]): boolean {
  if (step === undefined) return true
  if (first === undefined) return false
  if (step === '**') return reaches(rest, [first, ...below]) || reaches(['**', ...rest], below)
  return (step === '*' || step === first) && reaches(rest, below)
}

function stepsOf(path: string): string[] {
  const dotted = path
    .replace(/^\$(?=[.[])/, '')
    .replaceAll(/\[(\d+|\*)\]/g, '.$1')
    .replaceAll('..', '.**.')
  const steps = dotted.replace(/^\./, '').split('.')
  if (steps.every(step => step !== '' && !/[$[\]]/.test(step)) && steps.at(-1) !== '**') return steps
  const known = 'token, items.0.id, items.*.id or **.createdAt'
  throw new RuntapeError(
    'invalid-option',
    `ignore takes paths such as ${known} (got ${JSON.stringify(path)}).`,
  )
}

/** @param seen objects already visited by `**`, so that cycles end */
function remove(value: unknown, [step, ...rest]: readonly string[], seen = new Set<object>()): void {
  if (typeof value !== 'object' || value === null || step === undefined) return
  const holder = value as Record<string, unknown>
  if (step === '**') {
    if (seen.has(value)) return
    seen.add(value)
    remove(value, rest)
    for (const under of Object.values(holder)) remove(under, ['**', ...rest], seen)
    return
  }
  for (const key of step === '*' ? Object.keys(holder) : [step]) {
    if (!Object.hasOwn(holder, key)) continue
    if (rest.length > 0) remove(holder[key], rest)
    // The other items of a list keep their positions.
    else if (Array.isArray(value)) holder[key] = null
    else delete holder[key]
  }
}
