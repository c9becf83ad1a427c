import { consoleLogger } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'

/** A fault of ours must not become one of the application: it is told of, and gives `undefined`. */
export function onTheSide<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    warnSafely(
      consoleLogger,
      `A call of a model could not be read on the side, so its span is not complete: ${messageOf(error)}`,
    )
    return undefined
  }
}
