/** Where Runtape reports warnings. `console` fits; so do pino and winston. */
export interface Logger {
  warn(message: string): void
}

/** The default logger. Looked up at each call, so that a patched `console` is respected. */
export const consoleLogger: Logger = {
  warn: message => console.warn(`[runtape] ${message}`),
}

/** Logs a warning. A logger that throws must not reach the application. */
export function warnSafely(logger: Logger, message: string): void {
  try {
    logger.warn(message)
  } catch {
    // There is no other place to report it.
  }
}
