import { encodeValue, fingerprint } from '@runtape/trace'

/** A path at which two values differ. */
interface Difference {
  /** `customer.orders[0].id`; empty for the whole value. */
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

export interface Comparison {
  readonly differences: readonly Difference[]
  /** Number of compared paths. */
  readonly places: number
}

interface Pair {
  readonly path: readonly string[]
  readonly before: unknown
  readonly after: unknown
}

/**
 * Compares two values path by path, except at the ignored paths. A path is like `customer.orders.0.id` or `customer.orders[0].id`; `*` stands for one step
 * and `**` for any number of steps. Values may have any depth.
 */
export function differences(before: unknown, after: unknown, ignore: readonly string[] = []): Comparison {
  const isIgnored = ignoring(ignore)
  const found: Difference[] = []
  const compared = new Map<object, Set<unknown>>()
  const rest: Pair[] = [{ path: [], before, after }]
  let places = 0
  for (let pair = rest.pop(); pair; pair = rest.pop()) {
    const { path } = pair
    if (isIgnored(path)) continue
    const parts = isOpen(pair, compared) ? partsOf(pair) : undefined
    if (parts) for (const part of parts.reverse()) rest.push(part)
    else {
      places++
      if (!isSame(pair)) found.push({ path: shownPath(path), before: pair.before, after: pair.after })
    }
  }
  return { differences: found, places }
}

/** Whether the steps of a path match one of these. */
export function ignoring(ignore: readonly string[]): (path: readonly string[]) => boolean {
  // Paths are shown with brackets, so they are also accepted with them.
  const ignored = ignore.map(path => path.replaceAll(/\[(\d+|\*)\]/g, '.$1').split('.'))
  return path => ignored.some(pattern => matches(pattern, path))
}

// Each pair of objects is compared only once, because cycles would never end.
function isOpen({ before, after }: Pair, compared: Map<object, Set<unknown>>): boolean {
  if (typeof before !== 'object' || before === null) return true
  const with_ = compared.get(before) ?? new Set()
  if (with_.has(after)) return false
  compared.set(before, with_.add(after))
  return true
}

/** The parts of two values of the same kind. */
function partsOf({ path, before, after }: Pair): Pair[] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) return pairs(path, before, after)
  if (isPlain(before) && isPlain(after)) return pairs(path, before, after)
  return undefined
}

function pairs(path: readonly string[], before: object, after: object): Pair[] | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  if (names.length === 0) return undefined
  const at = (value: object, name: string) => (value as Record<string, unknown>)[name]
  return names.map(name => ({ path: [...path, name], before: at(before, name), after: at(after, name) }))
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isSame({ before, after }: Pair): boolean {
  if (Object.is(before, after)) return true
  // The behaviour of functions cannot be compared: see `unreadPlaces`.
  if (typeof before === 'function' && typeof after === 'function') return before.name === after.name
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return false
  return fingerprint(encodeValue(before)) === fingerprint(encodeValue(after))
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const [step, ...rest] = pattern
  if (step === undefined) return path.length === 0
  if (step === '**') return path.some((_, at) => matches(rest, path.slice(at))) || matches(rest, [])
  const [name, ...below] = path
  return name !== undefined && (step === '*' || step === name) && matches(rest, below)
}

const shownPath = (path: readonly string[]): string =>
  path.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : at === 0 ? name : `.${name}`)).join('')
