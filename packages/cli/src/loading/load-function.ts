import { pathToFileURL } from 'node:url'
import { type AnyFunction, definitionOf } from '@runtape/trace'
import { Misuse } from '../arguments/usage-error.ts'
import type { Target } from './export-target.ts'
import { exportAt, type Namespaces, namespacesOf } from './exports.ts'
import { loadProblem } from './load-problem.ts'
import { withoutStripWarning } from './type-stripping.ts'

/** A traced function and its `this`. */
export interface LoadedFunction {
  readonly fn: AnyFunction
  readonly key: string
  readonly receiver: unknown
}

/**
 * Imports the module as Node does, including TypeScript, and returns the traced function that it exports.
 *
 * @throws {Misuse} if the module cannot be loaded, has no such export, or the export is not traced
 */
export async function loadFunction(target: Target): Promise<LoadedFunction> {
  const exports = await importModule(target)
  const name = target.name ?? onlyTraced(exports, target)
  const { value, receiver } = exportAt(exports, name, isTraced)
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
  return exportAt(await importModule(target), target.name ?? 'default').value
}

async function importModule(target: Target): Promise<Namespaces> {
  try {
    return namespacesOf(await withoutStripWarning(() => import(pathToFileURL(target.path).href)))
  } catch (error) {
    throw new Misuse(loadProblem(target.file, error))
  }
}

function onlyTraced(exports: Namespaces, target: Target): string {
  const [name, ...more] = tracedNames(exports)
  if (name !== undefined && more.length === 0) return name
  throw new Misuse(`Name the function of ${target.file} to replay. ${choices(exports, target)}`)
}

const isTraced = (value: unknown): boolean => definitionOf(value) !== undefined

/** Each traced function once, under its least nested name. */
function tracedNames(namespaces: Namespaces): string[] {
  const names = new Map<unknown, string>()
  for (const exports of namespaces)
    for (const [name, value] of Object.entries(exports))
      if (isTraced(value) && !names.has(value)) names.set(value, name)
  return [...new Set(names.values())]
}

function choices(exports: Namespaces, { file }: Target): string {
  const names = tracedNames(exports)
  if (names.length === 0)
    return `It exports no traced function: wrap one with traced('key', fn) and export it.`
  return `Traced functions: ${names.map(name => `${file}#${name}`).join(', ')}.`
}
