import { existsSync, statSync } from 'node:fs'
import { Misuse } from '../arguments/usage-error.ts'
import { givenPath } from '../process/start.ts'

/** The target of `./src/agent.ts#answer`. */
export interface Target {
  /** Absolute. */
  readonly path: string
  /** As given, for messages. */
  readonly file: string
  /** `a.b` is the method `b` of the export `a`; absent if none was named. */
  readonly name: string | undefined
}

/** @throws {Misuse} if the file does not exist */
export function targetOf(operands: readonly string[]): Target {
  const [operand, ...more] = operands
  if (operand === undefined || more.length > 0) {
    const got = more.length > 0 ? ` (got ${operands.map(each => `"${each}"`).join(', ')})` : ''
    throw new Misuse(`Name one traced function: runtape replay ./src/agent.ts#answer${got}.`)
  }
  return exportTarget(operand, 'the module that exports the traced function')
}

/**
 * @param what the kind of module, for the message
 * @throws {Misuse} if the file does not exist
 */
export function exportTarget(text: string, what: string): Target {
  // A file name may contain the sign, too.
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
