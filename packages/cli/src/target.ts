import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Misuse } from './misuse.ts'

/** What `./src/agent.ts#answer` names. */
export interface Target {
  /** Absolute. */
  readonly path: string
  /** As it was given, for messages. */
  readonly file: string
  /** `a.b` is the method `b` of the export `a`; absent when none was named. */
  readonly name: string | undefined
}

/** @throws {Misuse} when there is no such file */
export function targetOf(operands: readonly string[]): Target {
  const [operand, ...more] = operands
  if (operand === undefined || more.length > 0) {
    throw new Misuse('Name one traced function: runtape replay ./src/agent.ts#answer.')
  }
  const at = operand.lastIndexOf('#')
  const [file, name] = at === -1 ? [operand, undefined] : [operand.slice(0, at), operand.slice(at + 1)]
  const path = resolve(file)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new Misuse(`There is no file ${path}. Name the module that exports the traced function.`)
  }
  return { path, file, name: name || undefined }
}
