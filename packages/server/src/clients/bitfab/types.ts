import type { Annotation } from './superjson-meta.ts'

/** What a type of superjson is here. */
export interface KnownType {
  /** The type of our mark. */
  readonly mark?: string
  readonly detail?: unknown
  /** The value in our form, if that differs. */
  readonly json?: unknown
  /** Why the type cannot be represented. */
  readonly lost?: string
}

/** Types whose JSON is the same in both forms. */
const sameJson: Readonly<Record<string, readonly [mark: string, isValid: (json: unknown) => boolean]>> = {
  undefined: ['undefined', json => json === null],
  bigint: ['bigint', json => typeof json === 'string' && /^-?\d+$/.test(json)],
  number: ['number', json => ['NaN', 'Infinity', '-Infinity', '-0'].includes(json as string)],
  Date: ['date', json => typeof json === 'string' && Number.isFinite(Date.parse(json))],
  URL: ['url', json => typeof json === 'string' && URL.canParse(json)],
  set: ['set', json => Array.isArray(json)],
  map: ['map', json => Array.isArray(json) && json.every(pair => Array.isArray(pair) && pair.length === 2)],
}

/** The type that superjson names, of a value of which it has this JSON. */
export function typeOf(annotation: Annotation, json: unknown): KnownType {
  const [name, detail] = typeof annotation === 'string' ? [annotation] : (annotation as [string, unknown])
  const [mark, isValid] = (Object.hasOwn(sameJson, name) ? sameJson[name] : undefined) ?? []
  if (mark !== undefined) return isValid?.(json) ? { mark } : wrong(name)
  if (name === 'regexp') return regExp(json)
  if (name === 'Error') return error(json)
  if (name === 'typed-array') return bytes(String(detail), json)
  return { lost: `its type ${[name, detail].filter(part => typeof part === 'string').join(' ')} is not kept` }
}

const wrong = (name: string): KnownType => ({ lost: `it is said to be a ${name}, and is none` })

function regExp(json: unknown): KnownType {
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(String(json)) ?? []
  try {
    new RegExp(source ?? '(', flags)
  } catch {
    return wrong('regexp')
  }
  return { mark: 'regexp', json: source, detail: [flags, 0] }
}

const builtIn = ['EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError']

function error(json: unknown): KnownType {
  if (typeof json !== 'object' || json === null) return wrong('Error')
  const { name } = json as { readonly name?: unknown }
  return { mark: 'error', detail: builtIn.includes(name as string) ? name : 'Error' }
}

const arrays = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array],
  ...[Int32Array, Uint32Array, Float32Array, Float64Array],
] as const

function bytes(name: string, json: unknown): KnownType {
  const Numbers = arrays.find(one => one.name === name)
  if (!Numbers || !Array.isArray(json) || !json.every(item => typeof item === 'number'))
    return { lost: `its type ${name} is not kept` }
  const { buffer } = Numbers.from(json)
  return { mark: 'bytes', json: base64(new Uint8Array(buffer)), detail: name }
}

const base64 = (raw: Uint8Array): string => btoa(Array.from(raw, byte => String.fromCharCode(byte)).join(''))
