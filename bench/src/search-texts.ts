import type { RunEvent, SpanRecord } from '@runtape/core'
import { span, testTime } from '@runtape/testing'

const words = Array.from({ length: 20_000 }, (_, index) => wordOf(index))

function wordOf(index: number): string {
  const [letters, random] = ['etaoinshrdlucmfwypvbgkjqxz', randomFrom(index + 1)]
  const length = 2 + Math.floor(random() * 9)
  return Array.from({ length }, () => letters[Math.floor(random() ** 1.6 * letters.length)]).join('')
}

function randomFrom(seed: number): () => number {
  let state = seed * 2654435761
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

/** A text of that many words, of which few are frequent, as in a language. */
function textOf(seed: number, count: number): string {
  const random = randomFrom(seed)
  return Array.from({ length: count }, () => words[Math.floor(random() ** 4 * words.length)]).join(' ')
}

/** Traces of two texts of about 500 and 1,000 characters. Every thousandth has a needle. */
export const spanTextsIn = (from: number, to: number): (RunEvent | SpanRecord)[] =>
  Array.from({ length: to - from }, (_, place) => {
    const index = from + place
    const needle = index % 1000 === 777 ? ` needle-${String(index).padStart(6, '0')}` : ''
    return span({
      startedAt: testTime + index * 10,
      input: { json: JSON.stringify({ question: `about ${textOf(index, 75)}${needle}` }) },
      output: { json: JSON.stringify({ text: textOf(index + 1e7, 150) }) },
    })
  })
