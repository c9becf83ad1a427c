import { describe, expect, test } from 'vitest'
import { runToEnd } from './run-to-end.ts'

const toTheEnd = () => Number.POSITIVE_INFINITY

async function* count() {
  try {
    yield 1
    yield 2
    yield 3
    return 'end'
  } finally {
    finished++
  }
}
let finished = 0

describe('runToEnd', () => {
  test('waits for a promise, and returns a plain value unchanged', async () => {
    expect(await runToEnd(async () => 7, toTheEnd)).toEqual({ result: 7, error: null })
    expect(await runToEnd(() => 7, toTheEnd)).toEqual({ result: 7, error: null })
  })

  test.each([
    ['an async generator', () => count()],
    ['a promise of one', async () => ({ stream: count() }).stream],
    ['an async iterable without steps of its own', () => ({ [Symbol.asyncIterator]: () => count() })],
  ])('reads %s to its end', async (_what, call) => {
    expect(await runToEnd(call, toTheEnd)).toEqual({
      result: { chunks: [1, 2, 3], returned: 'end' },
      error: null,
    })
  })

  test('reads a generator to its end', async () => {
    const call = function* () {
      yield 'a'
      return 'b'
    }
    expect(await runToEnd(call, toTheEnd)).toEqual({ result: { chunks: ['a'], returned: 'b' }, error: null })
  })

  test('reads a ReadableStream to its end', async () => {
    const call = () => ReadableStream.from([1, 2])
    expect(await runToEnd(call, toTheEnd)).toMatchObject({ result: { chunks: [1, 2] } })
  })

  test('leaves a stream where its recorded consumer left it, and cancels it', async () => {
    finished = 0
    expect(await runToEnd(count, () => 2)).toEqual({
      result: { chunks: [1, 2], returned: undefined },
      error: null,
    })
    expect(finished).toBe(1)
  })

  test('runs nothing of a stream that was never read', async () => {
    let ran = false
    const call = async function* () {
      ran = true
      yield 1
    }
    expect(await runToEnd(call, () => 0)).toMatchObject({ result: { chunks: [] } })
    expect(ran).toBe(false)
  })

  test.each([
    [
      'throws at once',
      () => {
        throw new RangeError('no')
      },
      'no',
    ],
    [
      'rejects',
      async () => {
        throw new RangeError('no')
      },
      'no',
    ],
    [
      'breaks off',
      async function* () {
        yield 1
        throw new RangeError('no')
      },
      'no',
    ],
    [
      'throws nothing',
      () => {
        throw undefined
      },
      'undefined',
    ],
    [
      'throws an empty message',
      () => {
        throw new Error('')
      },
      '',
    ],
  ])('a call that %s ends in an error', async (_what, call, error) => {
    expect(await runToEnd(call, toTheEnd)).toMatchObject({ result: undefined, error })
  })

  test('does not limit reading for results other than streams', async () => {
    const never = () => {
      throw new Error('asked')
    }
    expect(await runToEnd(() => 7, never)).toEqual({ result: 7, error: null })
  })
})
