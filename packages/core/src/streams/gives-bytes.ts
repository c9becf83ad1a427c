/** Whether a reader may supply its own buffer: then a copy of the stream pulls nothing until it is read. */
export function givesBytes(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}
