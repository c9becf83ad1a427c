import { hash } from 'node:crypto'
import type { Payload } from '@runtape/core'
import { type MarkedPlace, markTree } from './notes.ts'

/** Increased whenever the fingerprint of any value changes. */
export const fingerprintVersion = 1

/**
 * Identifies a captured value by its content: equal for equal values, regardless of the order of properties, Map entries and Set
 * items, and of whether equal parts are one object or two. Recording and matching use the same function. An error's stack is
 * excluded, because it differs between machines.
 */
export function fingerprint(payload: Payload): string {
  const text = new Canon().text(undefined, markTree(payload))
  const size = payload.truncated === undefined ? '' : `truncated ${payload.truncated}`
  return `${fingerprintVersion}:${sha256(text + size)}`
}

const sha256 = (text: string) => hash('sha256', text, 'base64url')

// Longer texts are replaced by their hash, so that frequent references do not increase the size.
const longText = 200

/** Serialises equal values equally. */
class Canon {
  readonly #known = new Map<MarkedPlace, string>()
  /** The paths around the current one, with their depths. */
  readonly #open = new Map<MarkedPlace, number>()

  text(json: unknown, marked: MarkedPlace | undefined): string {
    if (!marked) return this.#content(json, undefined)
    const place = marked.first ?? marked
    const depth = this.#open.get(place)
    // A cycle: this many levels up.
    if (depth !== undefined) return `^${this.#open.size - depth}`
    const known = this.#known.get(place)
    if (known !== undefined) return known
    this.#open.set(place, this.#open.size)
    const text = this.#content(place.json, place)
    this.#open.delete(place)
    this.#known.set(place, text)
    return text
  }

  #content(json: unknown, place: MarkedPlace | undefined): string {
    if (!place && (typeof json !== 'object' || json === null)) return JSON.stringify(json)
    const text = this.#mark(place) + this.#inside(json, place)
    return text.length > longText ? `#${sha256(text)}` : text
  }

  #mark(place: MarkedPlace | undefined): string {
    if (!place) return ''
    const { type, detail, codec, symbolKeys } = place
    // Its name is sufficient; older recordings have no mark of it.
    const marks = [
      type && type !== 'function' && [type, detail],
      codec && ['codec', codec],
      symbolKeys && ['symbols', symbolKeys],
    ]
    return marks.map(mark => (mark ? `${mark[0]} ${JSON.stringify(mark[1]) ?? ''}:` : '')).join('')
  }

  #inside(json: unknown, place: MarkedPlace | undefined): string {
    if (typeof json !== 'object' || json === null) return JSON.stringify(json)
    const child = (key: string | number) =>
      this.text((json as Record<string | number, unknown>)[key], place?.children.get(key))
    if (!Array.isArray(json)) return fields(json, child, untold[place?.type ?? ''])
    const items = json.map((_item, index) => child(index))
    if (place?.type === 'set') return `[${items.sort().join()}]`
    return place?.type === 'map' ? `[${pairs(items).sort().join()}]` : `[${items.join()}]`
  }
}

/** Parts that differ between instances of the type. */
const untold: Readonly<Record<string, string>> = { error: 'stack', file: 'lastModified' }

function fields(json: object, child: (key: string) => string, except: string | undefined): string {
  const names = Object.keys(json).sort()
  const written = names.filter(name => name !== except).map(name => `${JSON.stringify(name)}:${child(name)}`)
  return `{${written.join()}}`
}

function pairs(items: readonly string[]): string[] {
  return items.flatMap((key, index) => (index % 2 === 0 ? [`${key}=>${items[index + 1]}`] : []))
}
