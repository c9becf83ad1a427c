import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventBytes } from './event-bytes.ts'
import { dataOf } from './event-data.ts'
import { endOfEvent } from './sse-bytes.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (all: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(all)

function* eventsIn(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = endOfEvent(bytes, at, bytes.length)
    yield bytes.subarray(at, end)
  }
}

/** The texts of the events in these pieces, and of the rest. */
function split(...pieces: Uint8Array[]): string[] {
  const cut = new EventBytes()
  const whole = pieces.map(piece => cut.push(piece) ?? new Uint8Array(0))
  return [...whole, cut.rest()].flatMap(part => [...eventsIn(part)].map(textOf))
}

describe('EventBytes', () => {
  test.each(['\n', '\r\n', '\r'])('cuts at blank lines that end with %j', end => {
    const events = [`data: a${end}${end}`, `data:b${end}${end}`]
    expect(split(bytes(events.join('')))).toEqual(events)
    expect(events.map(dataOf)).toEqual(['a', 'b'])
  })

  test('joins the lines of data, and ignores other fields', () => {
    expect(dataOf('id: 7\nevent: message\n: hello\ndata: a\ndata\ndata:  b\n\n')).toBe('a\n\n b')
  })

  test('an event without data has undefined data', () => {
    expect(dataOf(': ping\n\n')).toBeUndefined()
  })

  test('keeps a last event without an end', () => {
    expect(split(bytes('data: a\n\ndata: b'))[1]).toBe('data: b')
  })

  test.each([
    ['\n', '\n'],
    ['\r\n', '\r\n'],
    ['\r\n\r', '\n'],
  ])('an event is complete as soon as its blank line is, even after %j and %j', (first, second) => {
    const cut = new EventBytes()
    expect(cut.push(bytes(`data: a${first}`))).toBeUndefined()
    expect(textOf(cut.push(bytes(second)) as Uint8Array)).toBe(`data: a${first}${second}`)
    expect(cut.rest()).toHaveLength(0)
  })

  test('copies the incomplete rest, even of a Buffer', () => {
    const cut = new EventBytes()
    const piece = Buffer.from('data: a')
    cut.push(piece)
    piece.fill(0)
    expect(textOf(cut.rest())).toBe('data: a')
  })

  test('returns the same events, however they are split into pieces', () => {
    const line = fc.constantFrom('data: a', 'data:{"x":1}', ': ping', 'event: e', '', 'data', 'é€👩')
    const end = fc.constantFrom('\n', '\r\n', '\r')
    const text = fc
      .tuple(fc.array(line, { maxLength: 12 }), end)
      .map(([lines, ending]) => bytes(lines.map(one => one + ending).join('')))
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 20 }), (whole, cuts) => {
        const at = [...new Set([0, ...cuts.filter(cut => cut < whole.length)])].sort((a, b) => a - b)
        const events = split(...at.map((start, index) => whole.slice(start, at[index + 1])))
        expect(events.join('')).toBe(textOf(whole))
        const dataIn = (all: string[]) => all.map(dataOf).filter(data => data !== undefined)
        expect(dataIn(events)).toEqual(dataIn(split(whole)))
      }),
      { numRuns: 2000 },
    )
  })

  test('searches a long line once, however many pieces it has', () => {
    const piece = bytes('x'.repeat(1000))
    const pieces = Array.from({ length: 20_000 }, () => piece)
    const started = cpuMs()
    expect(split(bytes('data: '), ...pieces, bytes('\n\n'))[0]).toHaveLength(20_000_008)
    expect(cpuMs() - started).toBeLessThan(3000)
  })
})

/** CPU time of the process, which does not depend on other load. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
