import type { Logger } from '@runtape/core'
import { printError } from './print.ts'
import { showText } from './show.ts'

/** Prints each warning once, above the progress bar: a warning that applies to a thousand items is printed for one. */
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
