import { fieldOfSymbol, setField, symbolOfField } from '../fields.ts'
import type { Place } from '../notes.ts'
import { classChain, errorPrototype, hasPrivateNames, rememberErrorClass } from './error-classes.ts'
import type { Inside, Kind, Reading } from './kind.ts'

type MakeError = (json: { name?: string; message?: string }) => Error

const makers = new Map<string, MakeError>([
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

/** Loss notes for an error of an application class, or with symbol keys. */
interface ErrorDetail {
  readonly kept: string
  readonly shown?: readonly string[]
  /** Its class and superclasses, up to the built-in one. */
  readonly classes?: readonly string[]
  readonly symbols?: readonly string[]
  /** Its non-enumerable own properties. */
  readonly concealed?: readonly string[]
}

/** Errors. One of an application class is restored as an instance of the class with that name. */
export const errors: Kind = {
  name: 'error',
  write: (error: Error, inside, place) => {
    const prototype = Object.getPrototypeOf(error) as object
    const kept = builtInOf(prototype)
    const classes = classChain(prototype, name => makers.has(name))
    const enumerable = Object.keys(error)
    const symbols = namedSymbols(error)
    const concealed = concealedFields(error)
    const json = fieldsOf({ error, kept, enumerable: [...enumerable, ...concealed] }, inside, place)
    for (const [field, symbol] of symbols) setField(json, field, inside.field(error, symbol, place))
    const shown = enumerable.filter(field => hidden.includes(field))
    const lost = classes.length > 0 ? lostOfClass(classes[0] as string, prototype) : undefined
    const detail =
      classes.length > 0 || symbols.size > 0 || concealed.length > 0
        ? ({
            kept,
            ...ifAny('shown', shown),
            ...ifAny('classes', classes),
            ...ifAny('symbols', [...symbols.keys()]),
            ...ifAny('concealed', concealed),
          } satisfies ErrorDetail)
        : shown.length === 0
          ? kept
          : [kept, ...shown]
    return { json, detail, ...(lost !== undefined && { lost }) }
  },
  read: (json, detail, reading) => {
    const { kept, shown = [], classes, symbols = [], concealed = [] } = readDetail(detail)
    const fields = json as Record<string, unknown>
    const make = makers.get(kept) ?? makers.get('Error')
    const value = make?.(fields) as Error
    if (classes) becomeOfClass(value, classes, reading)
    return { value, fill: child => fill(value, fields, { shown, symbols, concealed }, child) }
  },
}

const ifAny = <Name extends string>(name: Name, list: readonly string[]) =>
  (list.length > 0 ? { [name]: list } : {}) as { readonly [N in Name]?: readonly string[] }

function readDetail(detail: unknown): ErrorDetail {
  if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return detail as ErrorDetail
  const [kept = 'Error', ...shown] = [detail].flat() as string[]
  return { kept, shown }
}

function lostOfClass(name: string, prototype: object): string | undefined {
  rememberErrorClass(name, prototype)
  return hasPrivateNames(prototype) ? `an instance of ${name}, which has private fields` : undefined
}

function becomeOfClass(error: Error, classes: readonly string[], { search, incomplete }: Reading): void {
  const prototype = errorPrototype(classes, search)
  if (typeof prototype === 'string') incomplete(prototype)
  else Object.setPrototypeOf(error, prototype)
}

/** Properties with `Symbol.for` keys, by their captured names. */
function namedSymbols(error: Error): Map<string, symbol> {
  const named = new Map<string, symbol>()
  for (const symbol of Object.getOwnPropertySymbols(error)) {
    const name = Symbol.keyFor(symbol)
    if (name !== undefined && Object.prototype.propertyIsEnumerable.call(error, symbol))
      named.set(fieldOfSymbol(name), symbol)
  }
  return named
}

// The AWS SDK hides its response so that it does not appear in logs.
const left: ReadonlySet<string> = new Set([...hidden, '$response'])

/**
 * Names of non-enumerable own properties, such as zod's issues and got's response. Functions are excluded: Node's errors have one
 * that is irrelevant.
 */
function concealedFields(error: Error): string[] {
  return Object.getOwnPropertyNames(error).filter(name => {
    const { enumerable, value } = Object.getOwnPropertyDescriptor(error, name) ?? {}
    return enumerable === false && !left.has(name) && value !== undefined && typeof value !== 'function'
  })
}

interface KeptError {
  readonly error: Error
  /** The built-in class that it extends. */
  readonly kept: string
  readonly enumerable: readonly string[]
}

function fieldsOf({ error, kept, enumerable }: KeptError, inside: Inside, place: Place): object {
  const fields: { message?: unknown } = {}
  for (const field of new Set([...hidden, ...enumerable])) {
    const inherited = field === 'name' || (field === 'message' && kept === 'DOMException')
    if (!inherited && !Object.hasOwn(error, field)) continue
    const owner = field === 'stack' ? withStackOf(error, fields.message) : error
    if (owner !== error) inside.redact(place, field)
    setField(fields, field, inside.field(owner, field, place))
  }
  return fields
}

/** Text to extract the stack from: it starts with the message, of which `kept` is the part that may be kept. */
function withStackOf(error: Error, kept: unknown): object {
  const message: unknown = Object.getOwnPropertyDescriptor(error, 'message')?.value
  if (typeof message !== 'string' || typeof kept !== 'string' || kept === message) return error
  const { stack } = error
  return typeof stack === 'string' ? { stack: stack.replaceAll(message, () => kept) } : error
}

/** The built-in class that it extends. By name, so that errors of another realm are recognised. */
function builtInOf(prototype: object): string {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const { name } = (Object.getOwnPropertyDescriptor(at, 'constructor')?.value ?? {}) as { name?: unknown }
    if (typeof name === 'string' && makers.has(name)) return name
  }
  return 'Error'
}

function fill(
  error: Error,
  json: Record<string, unknown>,
  { shown, symbols, concealed }: Required<Pick<ErrorDetail, 'shown' | 'symbols' | 'concealed'>>,
  child: (key: string) => unknown,
): void {
  for (const field of Object.keys(json)) {
    const value = child(field)
    if (symbols.includes(field)) {
      Object.defineProperty(error, symbolOfField(field), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
      continue
    }
    // Properties implied by the class need no own property.
    if ((field === 'name' || field === 'message') && error[field] === value && !shown.includes(field)) {
      if (field === 'name' || error instanceof DOMException || Object.hasOwn(error, field)) continue
    }
    const enumerable = shown.includes(field) || !(hidden.includes(field) || concealed.includes(field))
    Object.defineProperty(error, field, { value, enumerable, configurable: true, writable: true })
  }
}
