import type { Logger } from '@runtape/core'
import { printError } from './print.ts'
import { showText } from './show.ts'

/** Says each warning once, beside the progress bar: what holds for a thousand items is said of one. */
export function newWarnings(): Logger {
  const said = new Set<string>()
  return {
    warn: message => {
      if (said.has(message)) return
      said.add(message)
      printError(showText(message, 1000))
    },
  }
}
