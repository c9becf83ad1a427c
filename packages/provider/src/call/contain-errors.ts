import { consoleLogger } from '@runtape/core'
import { currentFrame, messageOf, warnSafely } from '@runtape/core/internal'

/** As `contained`, but throws the error in a replay, which fails closed. */
export const containedLive = <T>(act: () => T): T | undefined =>
  currentFrame()?.replay ? act() : contained(act)

/** Runs our own code. An error is logged, and `undefined` is returned, so that it never reaches the application. */
export function contained<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    warnOfFault(error)
    return undefined
  }
}

/** Logs an error of our own code, which the application must not see. */
export const warnOfFault = (error: unknown): void =>
  warnSafely(consoleLogger, `Recording a model answer failed, so its span is incomplete: ${messageOf(error)}`)
