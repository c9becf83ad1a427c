import type { Inside, Kind } from './kind.ts'
import type { Place } from './place.ts'
import { setField } from './set-field.ts'

type MakeError = (json: { name?: string; message?: string }) => Error

const classes = new Map<string, MakeError>([
  ['Error', () => new Error()],
  ['EvalError', () => new EvalError()],
  ['RangeError', () => new RangeError()],
  ['ReferenceError', () => new ReferenceError()],
  ['SyntaxError', () => new SyntaxError()],
  ['TypeError', () => new TypeError()],
  ['URIError', () => new URIError()],
  ['AggregateError', () => new AggregateError([])],
  ['DOMException', ({ message, name }) => new DOMException(message, name)],
])
const hidden = ['name', 'message', 'stack', 'cause', 'errors']

/** Errors. One of a class of the application's own comes back as the built-in one that it extends. */
export const errors: Kind = {
  name: 'error',
  write: (error: Error, inside, place) => {
    const [kept, own] = classesOf(error)
    const enumerable = Object.keys(error)
    const fields = fieldsOf(error, kept, enumerable, inside, place)
    const shown = enumerable.filter(field => hidden.includes(field))
    const detail = shown.length === 0 ? kept : [kept, ...shown]
    return { json: fields, detail, ...(own !== kept && { lost: `an instance of ${own}, kept as ${kept}` }) }
  },
  read: (json, detail) => {
    const [kept, ...shown] = [detail].flat() as string[]
    const fields = json as Record<string, unknown>
    const make = classes.get(kept ?? 'Error') ?? classes.get('Error')
    const value = make?.(fields) as Error
    return { value, fill: child => fill(value, fields, shown, child) }
  },
}

function fieldsOf(
  error: Error,
  kept: string,
  enumerable: readonly string[],
  inside: Inside,
  place: Place,
): object {
  const fields = {}
  for (const field of new Set([...hidden, ...enumerable])) {
    const inherited = field === 'name' || (field === 'message' && kept === 'DOMException')
    if (inherited || Object.hasOwn(error, field)) setField(fields, field, inside.field(error, field, place))
  }
  return fields
}

/** The built-in class that comes back, and the error's own. By name, so that errors of another realm are known. */
function classesOf(error: Error): [kept: string, own: string] {
  let own: string | undefined
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const { name } = (Object.getOwnPropertyDescriptor(at, 'constructor')?.value ?? {}) as { name?: unknown }
    if (typeof name !== 'string') continue
    own ??= name
    if (classes.has(name)) return [name, own]
  }
  return ['Error', own ?? 'Error']
}

function fill(
  error: Error,
  json: Record<string, unknown>,
  shown: readonly string[],
  child: (key: string) => unknown,
): void {
  for (const field of Object.keys(json)) {
    const value = child(field)
    // What the class says by itself needs no property of its own.
    if ((field === 'name' || field === 'message') && error[field] === value && !shown.includes(field)) {
      if (field === 'name' || error instanceof DOMException || Object.hasOwn(error, field)) continue
    }
    const enumerable = !hidden.includes(field) || shown.includes(field)
    Object.defineProperty(error, field, { value, enumerable, configurable: true, writable: true })
  }
}
