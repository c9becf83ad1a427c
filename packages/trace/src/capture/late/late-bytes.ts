import { givesBytes, messageOf, realTimers, runInFrame } from '@runtape/core/internal'

/** Longer bodies and blobs are omitted. */
const mostLateBytes = 64 * 1024

/** How long a record waits for missing bytes, in milliseconds. */
const patienceMs = 20

/** Bytes that are read while the application continues. */
export class LateBytes {
  /** The bytes, or why they are missing; `undefined` while they are read. */
  result: Uint8Array | string | undefined
  readonly settled: Promise<void>

  /** @param stop ends the reading when it takes too long */
  constructor(reading: Promise<Uint8Array | string>, stop: () => void) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.settled = promise
    const end = (result: Uint8Array | string) => {
      this.result ??= result
      realTimers.clearTimeout(timer)
      resolve()
    }
    const giveUp = () => {
      if (this.result !== undefined) return
      end('its bytes did not arrive in time')
      stop()
    }
    // After the process was blocked, check first what has arrived meanwhile.
    const timer = realTimers.setTimeout(
      () => realTimers.setImmediate(() => realTimers.setImmediate(giveUp)),
      patienceMs,
    )
    reading.then(end, error => end(`its bytes could not be read: ${messageOf(error)}`))
  }
}

// The same object passes through many calls, and is read once.
const known = new WeakMap<object, LateBytes>()

/** The bytes of a blob, or why they are not kept. */
export function bytesOfBlob(blob: Blob): LateBytes | string {
  if (blob.size > mostLateBytes) return `its bytes, which are ${blob.size}`
  return onceFor(blob, () => {
    const reading = blob.arrayBuffer().then(buffer => new Uint8Array(buffer))
    return new LateBytes(reading, () => {})
  })
}

type Message = Request | Response

/** The body of a message, read from a copy, or why it is not kept: reading could disturb the application. */
export function bytesOfBody(message: Message, isOurs: boolean): LateBytes | string {
  const why = whyUnread(message, isOurs)
  if (why !== undefined) return `its body, ${why}`
  return onceFor(message, () => readCopy(message))
}

function onceFor(value: object, read: () => LateBytes): LateBytes | string {
  let late = known.get(value)
  if (late) return late
  try {
    // Outside the application's frame: reading is not part of the trace.
    late = runInFrame(undefined, read)
  } catch (error) {
    return `its bytes could not be read: ${messageOf(error)}`
  }
  known.set(value, late)
  return late
}

function whyUnread(message: Message, isOurs: boolean): string | undefined {
  const { headers } = message
  const body = message.body as ReadableStream
  if (message.bodyUsed || body.locked) return 'which was already read'
  if (headers.get('content-type')?.includes('text/event-stream')) return 'which is an event stream'
  const why = isOurs ? undefined : whyNotFromNetwork(message, headers)
  if (why !== undefined) return why
  return givesBytes(body) ? undefined : 'which is a stream that only the application reads'
}

// Bodies from the network are not read before the application does so, unless they are known to be small.
function whyNotFromNetwork(message: Message, headers: Headers): string | undefined {
  const length = headers.get('content-length')
  if (length !== null && !(Number(length) <= mostLateBytes)) return `which has ${length} bytes`
  if (headers.has('content-encoding')) return 'whose decoded size is unknown'
  const isFetched = 'status' in message && message.url !== ''
  const isUnknown = headers.has('transfer-encoding') || (isFetched && length === null)
  return isUnknown ? 'whose size is unknown' : undefined
}

// Some versions of Node cancel a message's body when a copy of it is garbage-collected, so the copy is kept as long.
const copies = new WeakMap<Message, Message>()

/** The runtime generates a boundary for each form: without its digits, forms with equal fields are equal. */
export const withoutDigits = (form: string): string =>
  form.replace(/----formdata-undici-\d+/g, boundary => boundary.replace(/\d/g, '0'))

export const isForm = ({ headers }: Message): boolean =>
  headers.get('content-type')?.startsWith('multipart/form-data') === true

const ofForm = (bytes: Uint8Array | string): Uint8Array | string =>
  typeof bytes === 'string'
    ? bytes
    : Buffer.from(withoutDigits(Buffer.from(bytes).toString('latin1')), 'latin1')

function readCopy(message: Message): LateBytes {
  const copy = message.clone()
  copies.set(message, copy)
  const reader = (copy.body as ReadableStream<Uint8Array>).getReader()
  // It ends only when the application's own reading ends.
  const stop = () => void reader.cancel().catch(() => {})
  const reading = readSmall(reader, stop)
  return new LateBytes(isForm(message) ? reading.then(ofForm) : reading, stop)
}

async function readSmall(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  stop: () => void,
): Promise<Uint8Array | string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    size += value.byteLength
    if (size > mostLateBytes) {
      stop()
      return `its bytes, which are more than ${mostLateBytes}`
    }
    chunks.push(value)
  }
}
