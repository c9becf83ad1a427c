import { type Payload, type PayloadMark, RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { type Annotated, readMeta } from './superjson-meta.ts'
import { typeOf } from './types.ts'

/** A value as Bitfab sends it. */
export interface SentValue {
  /** Absent if it was not sent. */
  readonly json?: unknown
  /** The `meta` of superjson. */
  readonly meta?: unknown
}

type Path = PayloadMark[0]

/** What is found while a value is read. */
interface Found {
  readonly marks: PayloadMark[]
  readonly lossy: string[]
}

/** Our payload for a value of Bitfab: its types become marks. What has no mark here is named as lossy. */
export function payloadOf({ json, meta }: SentValue): Payload {
  const found: Found = { marks: [], lossy: [] }
  const value = converted(json, meta, found)
  return {
    json: JSON.stringify(value),
    ...(found.marks.length > 0 && { meta: found.marks }),
    ...(found.lossy.length > 0 && { lossy: found.lossy }),
  }
}

function converted(json: unknown, meta: unknown, found: Found): unknown {
  try {
    return convert(json, readMeta(meta), [], found)
  } catch (error) {
    found.lossy.push(`$: the meta of this value cannot be read: ${messageOf(error)}`)
    found.marks.length = 0
    return json
  }
}

/** Marks come before those of what is inside. */
function convert(json: unknown, at: Annotated, path: Path, found: Found): unknown {
  if (at.first !== undefined) {
    // References may lead through maps, whose paths differ between the two forms.
    found.lossy.push(`${shown(path)}: the same object as at ${shown(at.first)}, kept as a copy`)
  }
  const type = at.annotation === undefined ? undefined : typeOf(at.annotation, json)
  if (type?.lost !== undefined) found.lossy.push(`${shown(path)}: ${type.lost}`)
  if (type?.mark !== undefined)
    found.marks.push(type.detail === undefined ? [path, type.mark] : [path, type.mark, type.detail])
  if (type?.json !== undefined) return type.json
  return type?.mark === 'map' ? flatMap(json, at, path, found) : withInside(json, at, path, found)
}

function withInside(json: unknown, { inside }: Annotated, path: Path, found: Found): unknown {
  if (inside.size === 0) return json
  const copy = copyOf(json)
  for (const [step, below] of inside) {
    if (copy === undefined || !Object.hasOwn(copy, step))
      throw new RuntapeError('invalid-record', `it names ${shown([...path, step])}`)
    const key = Array.isArray(copy) ? Number(step) : step
    const value = convert((copy as Record<string, unknown>)[step], below, [...path, key], found)
    // Not an assignment: the name may be `__proto__`.
    Object.defineProperty(copy, step, { value, enumerable: true, writable: true, configurable: true })
  }
  return copy
}

function copyOf(json: unknown): object | undefined {
  if (Array.isArray(json)) return [...(json as unknown[])]
  return typeof json === 'object' && json !== null ? { ...json } : undefined
}

/** Superjson has pairs; ours alternates keys and values. */
function flatMap(json: unknown, { inside }: Annotated, path: Path, found: Found): unknown[] {
  const flat = (json as unknown[][]).flat(1)
  const places: Annotated = { inside: new Map() }
  for (const [row, pair] of inside)
    for (const [side, below] of pair.inside) places.inside.set(String(Number(row) * 2 + Number(side)), below)
  return withInside(flat, places, path, found) as unknown[]
}

const shown = (path: readonly (string | number)[]): string =>
  `$${path.map(step => `[${JSON.stringify(step)}]`).join('')}`
