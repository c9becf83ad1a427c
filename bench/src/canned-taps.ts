import { cannedFetch } from './canned-openai.ts'

type Fetch = typeof cannedFetch
type Step = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

// Bytes that passed.
const counted = { bytes: 0 }

/** The least that a tap can do: it puts a step of its own between the reader and the body, and counts the bytes. */
export const countingFetch: Fetch = async (url, init) => {
  const response = await cannedFetch(url, init)
  const { body } = response
  if (!body || !String(init?.body).includes('"stream":true')) return response
  const { getReader } = body
  const value = () => counting(getReader.call(body) as ReadableStreamDefaultReader<Uint8Array>)
  Object.defineProperty(body, 'getReader', { value })
  return response
}

function counting(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStreamDefaultReader<Uint8Array> {
  const read = reader.read.bind(reader)
  const count = (step: Step) => {
    counted.bytes += step.value?.length ?? 0
    return step
  }
  return Object.defineProperty(reader, 'read', { value: () => read().then(count) })
}
