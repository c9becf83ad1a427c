let depth = 0

/** Whether the value that is read is being captured, and not used by the application. */
export const isCapturing = (): boolean => depth > 0

/** To be called before a value is captured, with `endCapturing` in a `finally`. */
export function beginCapturing(): void {
  depth++
}

export function endCapturing(): void {
  depth--
}
