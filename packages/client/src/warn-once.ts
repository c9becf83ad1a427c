import type { Logger } from '@runtape/core'
import { warnSafely } from '@runtape/core/internal'

const maxRemembered = 1000

/** Logs each message once, so that a broken flag does not fill the log. Forgets old messages after many different ones. */
export function warnOnce(logger: Logger): (message: string, id?: string) => void {
  const said = new Set<string>()
  return (message, id = message) => {
    if (said.has(id)) return
    if (said.size >= maxRemembered) said.clear()
    said.add(id)
    warnSafely(logger, message)
  }
}
