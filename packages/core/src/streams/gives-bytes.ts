/** Whether a reader may bring a buffer of its own: then a copy of the stream pulls nothing until it is read. */
export function givesBytes(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}
