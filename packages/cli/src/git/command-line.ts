import { decodeValue, encodeValue } from '@runtape/trace'
import { start } from '../process/start.ts'

/** The command as it can be typed again, without secrets. */
export function commandLine(words: readonly string[] = start.words): string {
  const line = ['runtape', ...words.map(quoted)].join(' ')
  return String(decodeValue(encodeValue(line)))
}

const quoted = (word: string): string =>
  /^[\w./:=@%+,#-]+$/.test(word) && !word.startsWith('#') ? word : `'${word.replaceAll("'", `'\\''`)}'`
