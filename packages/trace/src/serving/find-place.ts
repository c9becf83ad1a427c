/** A position in a decoded value. */
export interface FoundPlace {
  readonly value: unknown
  /** Its container and key; absent for the value as a whole. */
  readonly owner?: object
  readonly key?: string | number
  /** Where its path ends in the text. */
  readonly rest: number
}

/**
 * The position named by a path (`$.response.items[2].data`), which `: ` and words may follow. Names may contain dots and
 * brackets, so the value determines how the path is parsed.
 */
export function findPlace(value: unknown, path: string): FoundPlace | undefined {
  return path.startsWith('$') ? findIn({ value, rest: 1 }, path) : undefined
}

function findIn(at: FoundPlace, path: string): FoundPlace | undefined {
  const { value, rest } = at
  if (rest === path.length || path.startsWith(': ', rest)) return at
  if (typeof value !== 'object' || value === null) return undefined
  for (const [step, key] of steps(value, path, rest)) {
    if (!path.startsWith(step, rest)) continue
    const inner = childOf(value, key)
    const found = findIn({ value: inner, owner: value, key, rest: rest + step.length }, path)
    if (found) return found
  }
  return undefined
}

const index = /\[(\d+)\]/y

/** Possible notations of each step from here. */
function* steps(
  value: object,
  path: string,
  rest: number,
): Generator<readonly [step: string, key: string | number]> {
  index.lastIndex = rest
  const [step, number] = index.exec(path) ?? []
  if (step !== undefined && (Array.isArray(value) || value instanceof Map || value instanceof Set))
    yield [step, Number(number)]
  // Longest first: a name may start with another one.
  const names = Object.getOwnPropertyNames(value).sort((a, b) => b.length - a.length)
  for (const name of names) yield [`.${name}`, name]
}

function childOf(value: object, key: string | number): unknown {
  if (value instanceof Set) return [...value][key as number]
  if (value instanceof Map && typeof key === 'number') return [...value].flat(1)[key]
  const descriptor = Object.getOwnPropertyDescriptor(value, key)
  return descriptor && 'value' in descriptor ? descriptor.value : undefined
}
