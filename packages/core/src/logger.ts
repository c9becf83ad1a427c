/** Where Runtape says what it noticed. `console` fits; so do pino and winston. */
export interface Logger {
  warn(message: string): void
}

/** The logger that is used when none is given. Looked up at each call, so that a patched `console` is honoured. */
export const consoleLogger: Logger = {
  warn: message => console.warn(`[runtape] ${message}`),
}

/** Says it, whatever the logger does: a logger that throws must not reach the application. */
export function warnSafely(logger: Logger, message: string): void {
  try {
    logger.warn(message)
  } catch {
    // There is nowhere left to say it.
  }
}
