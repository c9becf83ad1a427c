import { pathToFileURL } from 'node:url'
import { type AnyFunction, definitionOf } from '@runtape/trace'
import type { Target } from './export-target.ts'
import { loadProblem } from './load-problem.ts'
import { withoutStripWarning } from './type-stripping.ts'
import { Misuse } from './usage-error.ts'

/** A traced function, and what `this` is inside it. */
export interface LoadedFunction {
  readonly fn: AnyFunction
  readonly key: string
  readonly receiver: unknown
}

type Exports = Readonly<Record<string, unknown>>

/**
 * Imports the module as Node does, TypeScript as it is, and gives the traced function that it exports.
 *
 * @throws {Misuse} when the module cannot be loaded, has no such export, or it is not traced
 */
export async function loadFunction(target: Target): Promise<LoadedFunction> {
  const exports = await importModule(target)
  const name = target.name ?? onlyTraced(exports, target)
  const { value, receiver } = valueAt(exports, name)
  if (value === undefined)
    throw new Misuse(`${target.file} has no export "${name}". ${choices(exports, target)}`)
  const definition = definitionOf(value)
  if (!definition) {
    throw new Misuse(
      `"${name}" of ${target.file} is not a traced function, so no trace is one of its calls. ${choices(exports, target)}`,
    )
  }
  return { fn: value as AnyFunction, key: definition.key, receiver }
}

/** Any export of a module. */
export async function loadExport(target: Target): Promise<unknown> {
  return valueAt(await importModule(target), target.name ?? 'default').value
}

async function importModule(target: Target): Promise<Exports> {
  try {
    return await withoutStripWarning(() => import(pathToFileURL(target.path).href))
  } catch (error) {
    throw new Misuse(loadProblem(target.file, error))
  }
}

function valueAt(exports: Exports, name: string): { value: unknown; receiver: unknown } {
  let value: unknown = exports
  let receiver: unknown
  for (const step of name.split('.')) {
    receiver = value === exports ? undefined : value
    value = (value as Exports | null | undefined)?.[step]
  }
  return { value, receiver }
}

function onlyTraced(exports: Exports, target: Target): string {
  const [name, ...more] = tracedNames(exports)
  if (name !== undefined && more.length === 0) return name
  throw new Misuse(`Say which function of ${target.file} to replay. ${choices(exports, target)}`)
}

const tracedNames = (exports: Exports): string[] =>
  Object.keys(exports).filter(name => definitionOf(exports[name]) !== undefined)

function choices(exports: Exports, { file }: Target): string {
  const names = tracedNames(exports)
  if (names.length === 0)
    return `It exports no traced function: wrap one with traced('key', fn) and export it.`
  return `Traced there: ${names.map(name => `${file}#${name}`).join(', ')}.`
}
