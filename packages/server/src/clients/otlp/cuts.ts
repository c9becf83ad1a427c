import { isObject } from '../is-object.ts'
import type { Told } from './dialects/dialect.ts'
import type { AttributeValue, OtelSpan } from './wire/otel-span.ts'

/** What an SDK left out of a span because of its limits. */
export interface Cuts {
  /** Paths with reasons, as `lossy` of a payload has them. */
  readonly input: readonly string[]
  readonly output: readonly string[]
  /** Whether this text of the span has the length at which the SDK cut another. */
  isCut(text: string): boolean
}

/**
 * SDKs cut texts at `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` without a mark. What was JSON ends in its middle, and shows the limit of its
 * span; a plain text of that length, or of a length that people choose as a limit, may be cut.
 */
export function cutsOf(span: OtelSpan, { input, output }: Told): Cuts {
  const texts = textsOf(span)
  const [ofInput, ofOutput] = [leavesOf([input], texts), leavesOf(output, texts)]
  const limits = new Set([...ofInput, ...ofOutput].filter(isBroken).map(({ text }) => text.length))
  const dropped =
    span.dropped > 0 ? [`$: the SDK dropped ${span.dropped} attributes or events of the span`] : []
  const reasonsOf = (leaves: readonly Leaf[]) => [
    ...dropped,
    ...leaves.flatMap(leaf => reasonOf(leaf, limits)),
  ]
  return {
    input: reasonsOf(ofInput),
    output: reasonsOf(ofOutput),
    isCut: text => limits.has(text.length),
  }
}

function reasonOf({ path, text }: Leaf, limits: ReadonlySet<number>): readonly string[] {
  const { length } = text
  if (limits.has(length)) return [`${path}: the SDK cut it at ${length} characters`]
  return isUsualLimit(length) ? [`${path}: it may be cut, since it has exactly ${length} characters`] : []
}

/** Powers of two from 128, and round thousands. */
const isUsualLimit = (length: number): boolean =>
  (length >= 128 && (length & (length - 1)) === 0) || (length >= 1000 && length % 1000 === 0)

interface Leaf {
  readonly path: string
  readonly text: string
  readonly isPlain: boolean
}

/** An attribute with JSON in it is a text only if it could not be read. What looks so in a plain text is what was said. */
function isBroken({ text, isPlain }: Leaf): boolean {
  if (isPlain || !/^\s*(\{\s*"|\[\s*[[{"])/.test(text)) return false
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
  }
}

const plainNames = /^ai\.response\.text$|\.content$|\.text$/

/** The texts of attributes, with whether they are plain. */
function textsOf({ attributes, events }: OtelSpan): ReadonlyMap<string, boolean> {
  const texts = new Map<string, boolean>()
  const add = (name: string, value: AttributeValue | undefined): void => {
    if (Array.isArray(value)) for (const one of value) add(name, one)
    else if (typeof value === 'string' && value !== '')
      texts.set(value, plainNames.test(name) || texts.get(value) === true)
  }
  for (const one of [attributes, ...events.map(event => event.attributes)])
    for (const [name, value] of Object.entries(one)) add(name, value)
  return texts
}

/** The texts in a value that are whole attributes. */
function leavesOf(value: unknown, texts: ReadonlyMap<string, boolean>, path = '$'): readonly Leaf[] {
  if (typeof value === 'string') {
    const isPlain = texts.get(value)
    return isPlain === undefined ? [] : [{ path, text: value, isPlain }]
  }
  if (Array.isArray(value)) return value.flatMap((one, n) => leavesOf(one, texts, `${path}[${n}]`))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, one]) => leavesOf(one, texts, `${path}.${name}`))
}
