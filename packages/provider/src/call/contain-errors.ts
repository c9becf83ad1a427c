import { consoleLogger } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'

/** Runs code of ours: its error is logged and becomes `undefined`, so that it never reaches the application. */
export function contained<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    warnSafely(
      consoleLogger,
      `An answer of a model could not be read beside the application, so its span is not complete: ${messageOf(error)}`,
    )
    return undefined
  }
}
