import { readFileSync } from 'node:fs'
import type { Payload } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { encodeValue } from '@runtape/trace'
import type { Args } from '../arguments/args.ts'
import { Misuse } from '../arguments/usage-error.ts'

/** The output of `--expected` or `--file`, if one of them is given. */
export function expectedOf(args: Args): Payload | undefined {
  const [text, file] = [args.text('expected'), args.text('file')]
  if (text !== undefined && file !== undefined)
    throw new Misuse('Say what is expected in one way: --expected <json>, or --file <path>.')
  if (text === undefined && file === undefined) return undefined
  return encodeValue(parsed(text ?? readText(file ?? ''), file ?? '--expected'))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Misuse(`${path} cannot be read: ${messageOf(error)}.`)
  }
}

function parsed(text: string, from: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Misuse(`${from} is not JSON (${messageOf(error)}). A text needs quotes: '"Sorry."'.`)
  }
}
