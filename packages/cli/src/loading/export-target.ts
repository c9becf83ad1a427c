import { existsSync, statSync } from 'node:fs'
import { Misuse } from '../arguments/usage-error.ts'
import { givenPath } from '../process/start.ts'

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
    const got = more.length > 0 ? ` (got ${operands.map(each => `"${each}"`).join(', ')})` : ''
    throw new Misuse(`Name one traced function: runtape replay ./src/agent.ts#answer${got}.`)
  }
  return exportTarget(operand, 'the module that exports the traced function')
}

/**
 * @param what the module that was to be named, for the message
 * @throws {Misuse} when there is no such file
 */
export function exportTarget(text: string, what: string): Target {
  // The name of a file may hold the sign too.
  const at = isFile(givenPath(text)) ? -1 : text.lastIndexOf('#')
  const [file, name] = at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
  const path = givenPath(file)
  if (!isFile(path)) {
    const problem = existsSync(path) ? `${path} is a folder.` : `There is no file ${path}.`
    throw new Misuse(`${problem} Name ${what}.`)
  }
  return { path, file, name: name || undefined }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true
