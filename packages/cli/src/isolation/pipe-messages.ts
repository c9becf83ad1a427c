import type { Duplex } from 'node:stream'
import { deserialize, serialize } from 'node:v8'

/** Each message is preceded by its length in bytes. */
const headBytes = 4

/**
 * Messages through a pipe between two processes. Not the channel of Node's `fork`, which an application may use itself, for
 * `process.send('ready')` or commands from its parent.
 *
 * @param onMessage called with each message
 * @returns sends a message; throws for values that cannot be cloned
 */
export function pipeMessages<In, Out>(
  pipe: Duplex,
  onMessage: (message: In) => void,
): (message: Out) => void {
  pipe.on(
    'data',
    piecesOf(piece => onMessage(deserialize(piece) as In)),
  )
  return message => {
    const body = serialize(message)
    const head = Buffer.alloc(headBytes)
    head.writeUInt32LE(body.length)
    if (!pipe.writable) return
    pipe.write(head)
    pipe.write(body)
  }
}

/** Joins messages that arrive in parts of any size. */
function piecesOf(take: (piece: Buffer) => void): (part: Buffer) => void {
  let parts: Buffer[] = []
  let length = 0
  // Alternates between head and body.
  let wanted = headBytes
  let isHead = true
  return part => {
    parts.push(part)
    length += part.length
    while (length >= wanted) {
      const all = Buffer.concat(parts, length)
      const piece = all.subarray(0, wanted)
      parts = [all.subarray(wanted)]
      length -= wanted
      wanted = isHead ? piece.readUInt32LE() : headBytes
      isHead = !isHead
      if (isHead) take(piece)
    }
  }
}
