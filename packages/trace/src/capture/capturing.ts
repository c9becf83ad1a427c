let depth = 0

/** Whether the current read of a value is a capture, rather than use by the application. */
export const isCapturing = (): boolean => depth > 0

/** Call before a value is captured, with `endCapturing` in a `finally`. */
export function beginCapturing(): void {
  depth++
}

export function endCapturing(): void {
  depth--
}
