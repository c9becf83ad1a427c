import type { Payload } from '@runtape/core'
import { decodeValue } from '../capture/decode.ts'
import { showPath } from '../capture/notes.ts'
import { encodeValue } from '../capture/payload.ts'
import { changedLike, isWhole } from './change-in-place.ts'
import { failOnRead, missing } from './missing.ts'
import type { Served, ServedCall } from './served-call.ts'

type Path = readonly (string | number)[]

/**
 * Repeats the recorded call's changes on the arguments of this call, in place, if they match the recorded ones. Reports changes
 * that cannot be repeated.
 */
export function applyEffects(served: Served, { args }: ServedCall): void {
  const { effects, recordedInput } = served
  if (!effects?.inputAfter || !recordedInput) return
  try {
    const [before, after] = [decodeValue(recordedInput), decodeValue(effects.inputAfter)]
    const patch = new Patch(served, effects.inputAfter)
    for (const [index, arg] of args.entries())
      patch.inside(arg, (before as unknown[])[index], (after as unknown[])[index], [index])
  } catch (error) {
    served.note?.(`its changes to its arguments could not be read: ${String(error)}`)
  }
}

/** Applies the difference of two recorded values to a third. */
class Patch {
  readonly #served: Served
  readonly #notKept: readonly string[]

  constructor(served: Served, { lossy = [], redacted = [] }: Payload) {
    this.#served = served
    this.#notKept = [...lossy, ...redacted]
  }

  /** Changes `live` accordingly. */
  inside(live: unknown, before: unknown, after: unknown, path: Path): void {
    if (isSame(before, after)) return
    const kind = kindOf(after)
    if (kind === undefined) return this.#unable(path, cannotChange)
    if (kindOf(before) !== kind || kindOf(live) !== kind) return this.#unable(path)
    if (kind === 'whole') this.#whole(live as object, before, after as object, path)
    else if (kind === 'array') this.#array(live as unknown[], before as unknown[], after as unknown[], path)
    else if (kind === 'map') this.#map(live as Entries, before as Entries, after as Entries, path)
    else if (kind === 'set') this.#set(live as Items, before as Items, after as Items, path)
    else this.#fields(live as Fields, before as Fields, after as Fields, path)
  }

  /** A built-in without parts, such as bytes: the object itself stays. */
  #whole(live: object, before: unknown, after: object, path: Path): void {
    if (isSame(live, after)) return
    if (!isSame(live, before)) return this.#unable(path)
    const isKept = !this.#notKept.some(entry => isAt(entry, showPath(path)))
    if (isKept && changedLike(live, after)) this.#served.note?.(`changed ${showPath(path)}`)
    else this.#unable(path, isKept ? cannotChange : 'the tape does not have it unchanged')
  }

  #fields(live: Fields, before: Fields, after: Fields, path: Path): void {
    for (const key of new Set([...keysOf(before), ...keysOf(after)])) {
      const at = [...path, Array.isArray(live) ? Number(key) : key]
      const [then, now] = [fieldOf(before, key), fieldOf(after, key)]
      if (isSame(then, now)) continue
      const current = fieldOf(live, key)
      if (kindOf(now) !== undefined && kindOf(now) === kindOf(then) && kindOf(current) === kindOf(now)) {
        this.inside(current, then, now, at)
      } else if (isSame(current, then)) this.#put(live, key, now, at)
      else if (!isSame(current, now)) this.#unable(at)
    }
  }

  #put(live: object, key: string | number, value: unknown, path: Path): void {
    const shown = showPath(path)
    const lost = this.#notKept.find(entry => isAt(entry, shown))
    const isDone =
      lost !== undefined
        ? this.#hide(live, key, shown)
        : value === absent
          ? Reflect.deleteProperty(live, key)
          : Reflect.set(live, key, value)
    if (isDone) this.#served.note?.(`changed ${shown}`)
    else this.#unable(path)
  }

  #hide(live: object, key: string | number, shown: string): boolean {
    failOnRead(live, key, () =>
      missing(
        this.#served,
        `the recorded call set ${shown} of its arguments to values that are not on the tape`,
      ),
    )
    return true
  }

  #array(live: unknown[], before: readonly unknown[], after: readonly unknown[], path: Path): void {
    const common = Math.min(before.length, after.length)
    const isPrefix = before.slice(0, common).every((item, index) => isSame(item, after[index]))
    if (before.length === after.length) {
      // With an unchanged number, each item is the same, possibly changed.
      return this.#fields(live as never, before as never, after as never, path)
    }
    if (isSame(live, after)) return
    if (live.length !== before.length || !isSame(live, before)) return this.#unable(path)
    if (this.#notKept.some(entry => isAt(entry, showPath(path)))) return this.#unable(path)
    if (isPrefix) live.splice(common, live.length, ...after.slice(common))
    else live.splice(0, live.length, ...rearranged(live, before, after))
    this.#served.note?.(`changed ${showPath(path)}`)
  }

  #map(live: Entries, before: Entries, after: Entries, path: Path): void {
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [then, now] = [entryOf(before, key), entryOf(after, key)]
      if (isSame(then, now)) continue
      const current = entryOf(live, key)
      if (isObject(key) || !(isSame(current, then) || isSame(current, now))) this.#unable(path)
      else if (now === absent) live.delete(key)
      else live.set(key, now)
    }
    this.#served.note?.(`changed ${showPath(path)}`)
  }

  #set(live: Items, before: Items, after: Items, path: Path): void {
    const all = [...before, ...after]
    if (all.some(isObject)) return this.#unable(path)
    for (const item of all) {
      if (after.has(item)) live.add(item)
      else live.delete(item)
    }
    this.#served.note?.(`changed ${showPath(path)}`)
  }

  #unable(path: Path, why = 'the argument differs from the recorded one'): void {
    this.#served.note?.(`the recorded call changed ${showPath(path)}, and this could not be repeated: ${why}`)
  }
}

type Fields = Record<string, unknown>
type Entries = Map<unknown, unknown>
type Items = Set<unknown>

const absent = Symbol('absent')
const cannotChange = 'a value of its kind cannot be changed in place'

// The state of an error is in properties that are not enumerated.
const keysOf = (owner: object): string[] =>
  owner instanceof Error ? ['message', 'name', 'cause', ...Object.keys(owner)] : Object.keys(owner)

const fieldOf = (owner: object, key: string): unknown =>
  Object.hasOwn(owner, key) ? (owner as Fields)[key] : absent

const entryOf = (map: Entries, key: unknown): unknown => (map.has(key) ? map.get(key) : absent)

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function kindOf(value: unknown): 'array' | 'map' | 'set' | 'whole' | 'fields' | undefined {
  if (!isObject(value)) return undefined
  if (Array.isArray(value)) return 'array'
  if (value instanceof Map) return 'map'
  if (value instanceof Set) return 'set'
  return isWhole(value) ? 'whole' : 'fields'
}

/** As captured: an object of a class by its fields. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === absent || other === absent) return one === other
  return textOf(one) === textOf(other)
}

function textOf(value: unknown): string {
  const { json, meta = [] } = encodeValue(value)
  const marks = meta.filter(([, type]) => type !== 'instance')
  return json + JSON.stringify(marks)
}

/** The items of `after`, using the existing objects where they were there before. */
function rearranged(
  live: readonly unknown[],
  before: readonly unknown[],
  after: readonly unknown[],
): unknown[] {
  const left = new Map(before.map((item, index) => [index, textOf(item)]))
  return after.map(item => {
    const text = textOf(item)
    const [index] = [...left].find(([, known]) => known === text) ?? []
    if (index === undefined) return item
    left.delete(index)
    return live[index]
  })
}

/** Whether a noted path is here, or inside. */
const isAt = (entry: string, shown: string): boolean =>
  entry.startsWith(shown) && ['', '.', '[', ':'].includes(entry.charAt(shown.length))
