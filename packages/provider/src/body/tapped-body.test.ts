import { expect, test, vi } from 'vitest'
import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { TappedBody } from './tapped-body.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)

/** A tapped body of these pieces that hides `-`, and the reported ends. */
function tapped(pieces: readonly string[], error?: Error) {
  const ends: BodyEnd[] = []
  const waiting = [...pieces]
  let cancelled: unknown
  let rest: Uint8Array | undefined = bytes('rest')
  const source = new ReadableStream<Uint8Array>(
    {
      pull: async controller => {
        await Promise.resolve()
        const piece = waiting.shift()
        if (piece !== undefined) controller.enqueue(bytes(piece))
        else if (error) controller.error(error)
        else controller.close()
      },
      cancel: reason => {
        cancelled = reason
      },
    },
    { highWaterMark: 0 },
  )
  const reader: BodyReader = {
    push: piece => (textOf(piece) === '-' ? undefined : piece),
    finish: () => {
      const last = rest
      rest = undefined
      return last
    },
    answer: () => ({ facts: {}, parts: {} }),
    isComplete: false,
  }
  const stream = new TappedBody(new BodyTap(source, reader, undefined, end => ends.push(end)))
  return { stream, ends, waiting, cancelled: () => cancelled }
}

const all = async (stream: ReadableStream<Uint8Array>) => {
  const texts: unknown[] = []
  for await (const piece of stream) texts.push(textOf(piece))
  return texts
}

test('it looks like a stream of the runtime', () => {
  const { stream } = tapped([])
  expect(stream).toBeInstanceOf(ReadableStream)
  expect(stream.constructor).toBe(ReadableStream)
  expect(stream.getReader()).toBeInstanceOf(ReadableStreamDefaultReader)
  expect(stream.locked).toBe(true)
})

test('a loop receives every visible piece, and releases the stream', async () => {
  const { stream, ends } = tapped(['a', '-', 'b', '-', '-', 'c'])
  expect(await all(stream)).toEqual(['a', 'b', 'c', 'rest'])
  expect(ends).toEqual([{ how: 'done' }])
  expect(stream.locked).toBe(false)
  expect(await all(stream)).toEqual([])
})

test('a reader receives the same pieces, is closed at the end, and then reports the end again', async () => {
  const { stream, ends } = tapped(['a', 'b'])
  const reader = stream.getReader()
  const steps = []
  for (let step = await reader.read(); !step.done; step = await reader.read()) steps.push(textOf(step.value))
  expect(steps).toEqual(['a', 'b', 'rest'])
  await reader.closed
  expect(await reader.read()).toEqual({ done: true, value: undefined })
  expect(stream.locked).toBe(true)
  reader.releaseLock()
  await expect(reader.read()).rejects.toThrow(TypeError)
  expect(ends).toEqual([{ how: 'done' }])
})

test('concurrent reads are answered in order', async () => {
  const { stream } = tapped(['a', 'b', '-', 'c', 'd'])
  const reader = stream.getReader()
  const first = [reader.read(), reader.read()]
  await first[0]
  const steps = await Promise.all([...first, reader.read(), reader.read(), reader.read(), reader.read()])
  expect(steps.map(({ value }) => textOf(value))).toEqual(['a', 'b', 'c', 'd', 'rest', undefined])
})

test('a failure of the source fails every reader and the stream', async () => {
  const error = new Error('reset')
  const { stream, ends } = tapped(['a', 'b'], error)
  const reader = stream.getReader()
  await reader.read()
  await reader.read()
  await expect(reader.read()).rejects.toBe(error)
  await expect(reader.closed).rejects.toBe(error)
  await expect(reader.read()).rejects.toBe(error)
  expect(ends).toEqual([{ how: 'broken', error }])
  reader.releaseLock()
  await expect(all(stream)).rejects.toBe(error)
})

test('a piece that a released reader was waiting for goes to the next reader', async () => {
  const { stream } = tapped(['a', 'b', '-', 'c', 'd'])
  const reader = stream.getReader()
  await reader.read()
  const left = [reader.read(), reader.read()]
  reader.releaseLock()
  for (const read of left) read.catch(() => {})
  expect(await all(stream)).toEqual(['b', 'c', 'd', 'rest'])
  for (const read of left) await expect(read).rejects.toThrow(TypeError)
})

test('after a reader cancels, neither it nor pending reads receive more', async () => {
  const { stream, ends, cancelled } = tapped(['a', 'b', 'c'])
  const reader = stream.getReader()
  await reader.read()
  await reader.read()
  const waiting = reader.read()
  const closed = reader.cancel('enough')
  reader.releaseLock()
  expect(await waiting).toEqual({ done: true, value: undefined })
  await closed
  expect(cancelled()).toBe('enough')
  expect(ends).toEqual([{ how: 'cancelled' }])
})

test('a loop that stops early cancels, and one with preventCancel leaves the rest', async () => {
  const { stream, ends } = tapped(['a', 'b', 'c'])
  for await (const _ of stream.values({ preventCancel: true })) break
  expect(ends).toEqual([])
  for await (const piece of stream) {
    expect(textOf(piece)).toBe('b')
    break
  }
  expect(ends).toEqual([{ how: 'cancelled' }])
  expect(stream.locked).toBe(false)
})

test('it can be teed, piped and made into a response, also after a partial read', async () => {
  const [left, right] = tapped(['a', '-', 'b']).stream.tee()
  expect(await Promise.all([all(left), all(right)])).toEqual([
    ['a', 'b', 'rest'],
    ['a', 'b', 'rest'],
  ])
  const { stream } = tapped(['a', 'b', 'c'])
  const reader = stream.getReader()
  await reader.read()
  await reader.read()
  reader.releaseLock()
  expect(await new Response(stream.pipeThrough(new TransformStream())).text()).toBe('crest')
  const response = new Response(tapped(['a', 'b']).stream)
  expect([response.bodyUsed, await response.text(), response.bodyUsed]).toEqual([false, 'abrest', true])
})

test('an error of the observer is logged, and the application still receives every piece', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const fails = () => {
    throw new Error('ours')
  }
  const pieces = ['a', 'b', 'c'].map(bytes)
  const source = new ReadableStream<Uint8Array>({
    pull: controller => {
      const piece = pieces.shift()
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
  })
  const reader: BodyReader = { push: fails, finish: fails, answer: fails, isComplete: false }
  const stream = new TappedBody(new BodyTap(source, reader, undefined, () => reader.answer()))
  expect(await all(stream)).toEqual(['a', 'b', 'c'])
  expect(stream.locked).toBe(false)
  expect(warn).toHaveBeenCalledTimes(3)
  expect(warn.mock.calls[0]?.[0]).toContain('Recording a model answer failed')
  warn.mockRestore()
})
