import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventSplitter, type ServerSentEvent } from './event-splitter.ts'

function split(...pieces: string[]): ServerSentEvent[] {
  const splitter = new EventSplitter()
  const events = pieces.flatMap(piece => splitter.push(piece))
  const rest = splitter.rest()
  return rest ? [...events, rest] : events
}

describe('EventSplitter', () => {
  test.each(['\n', '\r\n', '\r'])('cuts at blank lines that end with %j', end => {
    const text = `data: a${end}${end}data:b${end}${end}`
    expect(split(text)).toEqual([
      { text: `data: a${end}${end}`, data: 'a' },
      { text: `data:b${end}${end}`, data: 'b' },
    ])
  })

  test('joins the data of several lines, and passes over everything else', () => {
    const [event] = split('id: 7\nevent: message\n: hello\ndata: a\ndata\ndata:  b\n\n')
    expect(event?.data).toBe('a\n\n b')
  })

  test('an event without data has none', () => {
    expect(split(': ping\n\n')).toEqual([{ text: ': ping\n\n', data: undefined }])
  })

  test('keeps a last event that nothing ends', () => {
    expect(split('data: a\n\ndata: b')[1]).toEqual({ text: 'data: b', data: 'b' })
  })

  test('gives the same text and the same data however it is cut into pieces', () => {
    const line = fc.constantFrom('data: a', 'data:{"x":1}', ': ping', 'event: e', '', 'data', 'é€👩')
    const end = fc.constantFrom('\n', '\r\n', '\r')
    const text = fc
      .tuple(fc.array(line, { maxLength: 12 }), end)
      .map(([lines, ending]) => lines.map(one => one + ending).join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 20 }), (whole, cuts) => {
        const at = [...new Set([0, ...cuts.filter(cut => cut < whole.length)])].sort((a, b) => a - b)
        const pieces = at.map((start, index) => whole.slice(start, at[index + 1]))
        const events = split(...pieces)
        expect(events.map(event => event.text).join('')).toBe(whole)
        const dataOf = (all: ServerSentEvent[]) =>
          all.map(event => event.data).filter(data => data !== undefined)
        expect(dataOf(events)).toEqual(dataOf(split(whole)))
      }),
      { numRuns: 2000 },
    )
  })

  test('searches a long line once, however many pieces it comes in', () => {
    const piece = 'x'.repeat(1000)
    const pieces = Array.from({ length: 20_000 }, () => piece)
    const started = cpuMs()
    expect(split('data: ', ...pieces, '\n\n')[0]?.data).toHaveLength(20_000_000)
    expect(cpuMs() - started).toBeLessThan(3000)
  })
})

/** What the process has computed, which other work of the machine does not change. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
