import { hash } from 'node:crypto'
import type { Payload } from '@runtape/core'
import { type MarkedPlace, markTree } from './notes.ts'

/** Changes whenever the same value would get another fingerprint than before. */
export const fingerprintVersion = 1

/**
 * Names a captured value by its content: equal for equal values, whatever the order of their properties, Map entries
 * and Set items, and whether equal parts are one object or two. One function serves recording and matching. An
 * error's stack is left out: it differs from place to place.
 */
export function fingerprint(payload: Payload): string {
  const text = new Canon().text(undefined, markTree(payload))
  const size = payload.truncated === undefined ? '' : `truncated ${payload.truncated}`
  return `${fingerprintVersion}:${sha256(text + size)}`
}

const sha256 = (text: string) => hash('sha256', text, 'base64url')

// Longer texts go by their hash, so that what is referred to often does not grow with every reference.
const longText = 200

/** Writes a value so that equal values are written alike. */
class Canon {
  readonly #known = new Map<MarkedPlace, string>()
  /** The places around the one that is being written, and how deep they are. */
  readonly #open = new Map<MarkedPlace, number>()

  text(json: unknown, marked: MarkedPlace | undefined): string {
    if (!marked) return this.#content(json, undefined)
    const place = marked.first ?? marked
    const depth = this.#open.get(place)
    // A cycle: so many steps up.
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
    // Its name says all; older recordings have no mark of it.
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

/** What differs each time that a value of the type is made. */
const untold: Readonly<Record<string, string>> = { error: 'stack', file: 'lastModified' }

function fields(json: object, child: (key: string) => string, except: string | undefined): string {
  const names = Object.keys(json).sort()
  const written = names.filter(name => name !== except).map(name => `${JSON.stringify(name)}:${child(name)}`)
  return `{${written.join()}}`
}

function pairs(items: readonly string[]): string[] {
  return items.flatMap((key, index) => (index % 2 === 0 ? [`${key}=>${items[index + 1]}`] : []))
}
