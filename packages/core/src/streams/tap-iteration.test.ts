import { spawnSync } from 'node:child_process'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { type IterationEnd, isGenerator, isIteration, tapIteration } from './tap-iteration.ts'

const failure = new Error('broke off')

async function* numbers(count = 3, fails = false): AsyncGenerator<number, string> {
  for (let number = 1; number <= count; number++) yield number
  if (fails) throw failure
  return 'done'
}

function* syncNumbers(): Generator<number, string, string | undefined> {
  try {
    const sent = yield 1
    yield sent === undefined ? 2 : sent.length
  } catch {
    yield 99
  } finally {
    closed.push('closed')
  }
  return 'done'
}
const closed: string[] = []

/** A stream class: it makes an iterator per reader and is none itself. */
class Stream {
  readonly label = 'mine'
  readonly #make: () => AsyncIterator<number>
  constructor(make: () => AsyncIterator<number> = numbers) {
    this.#make = make
  }
  [Symbol.asyncIterator](): AsyncIterator<number> {
    return this.#make()
  }
}

function tapped<T extends object>(target: T) {
  const chunks: unknown[] = []
  const ends: IterationEnd[] = []
  const steps: string[] = []
  const iteration = tapIteration(target, {
    step: run => {
      steps.push('step')
      return run()
    },
    chunk: value => void chunks.push(value),
    end: how => void ends.push(how),
  })
  return { iteration, chunks, ends, steps }
}

async function read<T>(iteration: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
  const seen: T[] = []
  for await (const chunk of iteration) if (seen.push(chunk) >= limit) break
  return seen
}

describe('what counts as an iteration', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw failure
      },
    },
  )
  test.each([
    ['an async generator', numbers(), true, false],
    ['a generator', syncNumbers(), true, true],
    ['a stream class', new Stream(), true, false],
    ['a Node stream', Readable.from([1]), true, false],
    ['a web stream', ReadableStream.from([1]), true, false],
    ['an array', [1], false, false],
    ['a string', 'abc', false, false],
    ['null', null, false, false],
    ['something that calls itself a generator', { [Symbol.toStringTag]: 'Generator' }, false, false],
  ])('%s', (_, value, iteration, generator) => {
    expect([isIteration(value), isGenerator(value)]).toEqual([iteration, generator])
  })

  test('an object that throws when it is read is not an iteration', () => {
    expect(isIteration(hostile)).toBe(false)
  })
})

describe.each([
  ['an async generator', numbers],
  ['a stream class', (count = 3, fails = false) => new Stream(() => numbers(count, fails))],
  ['a Node stream', (count = 3, fails = false) => Readable.from(numbers(count, fails))],
  ['a web stream', (count = 3, fails = false) => ReadableStream.from(numbers(count, fails))],
] as const)('%s', (_, make) => {
  const iterable = (count?: number, fails?: boolean) => make(count, fails) as AsyncIterable<number>

  test('keeps its identity and passes every chunk through', async () => {
    const stream = iterable()
    const { iteration, chunks, ends } = tapped(stream)
    expect(iteration).toBe(stream)
    expect(await read(iteration)).toEqual([1, 2, 3])
    expect(chunks).toEqual([1, 2, 3])
    expect(ends).toMatchObject([{ status: 'ok' }])
  })

  test('that fails ends once, with the same error', async () => {
    const { iteration, chunks, ends } = tapped(iterable(1, true))
    await expect(read(iteration)).rejects.toBe(failure)
    expect(chunks).toEqual([1])
    expect(ends).toEqual([{ status: 'error', error: failure }])
  })

  test('that is left early ends once, as cancelled', async () => {
    const { iteration, chunks, ends } = tapped(iterable())
    expect(await read(iteration, 2)).toEqual([1, 2])
    expect(chunks).toEqual([1, 2])
    expect(ends).toEqual([{ status: 'cancelled' }])
  })

  test('whose reader throws ends once, as cancelled', async () => {
    const { iteration, ends } = tapped(iterable())
    const reading = async () => {
      for await (const _ of iteration) throw new Error('the reader')
    }
    await expect(reading()).rejects.toThrow('the reader')
    expect(ends).toEqual([{ status: 'cancelled' }])
  })

  test('reports nothing more when it is read again after its end', async () => {
    const { iteration, chunks, ends } = tapped(iterable())
    await read(iteration)
    await read(iteration).catch(() => {})
    expect([chunks, ends.length]).toEqual([[1, 2, 3], 1])
  })
})

describe('manual steps', () => {
  test("return() ends a generator as cancelled, and returns the generator's result", async () => {
    const { iteration, ends } = tapped(numbers())
    await iteration.next()
    expect(await iteration.return('enough')).toEqual({ done: true, value: 'enough' })
    expect(await iteration.next()).toEqual({ done: true, value: undefined })
    expect(ends).toEqual([{ status: 'cancelled' }])
  })

  test('throw() ends a generator that does not catch it with that error', async () => {
    const { iteration, ends } = tapped(numbers())
    await iteration.next()
    await expect(iteration.throw(failure)).rejects.toBe(failure)
    expect(ends).toEqual([{ status: 'error', error: failure }])
  })

  test('a generator that catches throw() continues', () => {
    const { iteration, chunks, ends } = tapped(syncNumbers())
    iteration.next()
    expect(iteration.throw(failure)).toEqual({ done: false, value: 99 })
    expect([chunks, ends]).toEqual([[1, 99], []])
    expect(iteration.next()).toEqual({ done: true, value: 'done' })
    expect(ends).toEqual([{ status: 'ok', returned: 'done' }])
  })

  test('values sent into a generator arrive', () => {
    const { iteration, chunks } = tapped(syncNumbers())
    iteration.next()
    expect(iteration.next('four')).toEqual({ done: false, value: 4 })
    expect(chunks).toEqual([1, 4])
  })

  test('a generator that yields in its finally has not ended yet', () => {
    const { iteration, chunks, ends } = tapped(
      (function* () {
        try {
          yield 1
        } finally {
          yield 'last words'
        }
      })(),
    )
    iteration.next()
    expect(iteration.return(undefined)).toEqual({ done: false, value: 'last words' })
    expect([chunks, ends]).toEqual([[1, 'last words'], []])
    iteration.next()
    expect(ends).toHaveLength(1)
  })

  test('every step runs inside the observer, a sync generator stays sync, and its finally runs', () => {
    const { iteration, chunks, ends, steps } = tapped(syncNumbers())
    closed.length = 0
    for (const number of iteration) if (number === 2) break
    expect([chunks, ends, closed]).toEqual([[1, 2], [{ status: 'cancelled' }], ['closed']])
    expect(steps).toHaveLength(3)
  })

  test('an iterator without return() ends as cancelled, and can be read further', async () => {
    let at = 0
    const endless = {
      next: async () => ({ done: false as const, value: ++at }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
    const { iteration, ends } = tapped(endless)
    expect(await read(iteration, 2)).toEqual([1, 2])
    expect(ends).toEqual([{ status: 'cancelled' }])
    expect(await read(iteration, 1)).toEqual([3])
  })

  test('an iterator that is returned twice is tapped once', async () => {
    const only = numbers()
    const { iteration, chunks } = tapped({ [Symbol.asyncIterator]: () => ({ next: () => only.next() }) })
    const one = iteration[Symbol.asyncIterator]()
    const shared = tapped({ [Symbol.asyncIterator]: () => one })
    for (const steps of [shared.iteration, shared.iteration]) await steps[Symbol.asyncIterator]().next()
    expect([chunks, shared.chunks]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  test('an object that is both iterator and iterable is observed either way', async () => {
    const both = () => ({
      next: async () => ({ done: true, value: 'own' }),
      [Symbol.asyncIterator]: () => numbers(),
    })
    const [own, made] = [tapped(both()), tapped(both())]
    await own.iteration.next()
    await read(made.iteration)
    expect([own.ends, made.chunks]).toEqual([[{ status: 'ok', returned: 'own' }], [1, 2, 3]])
  })
})

describe('what a tap does not change', () => {
  test('the type, the other members and the enumerable properties', () => {
    const stream = new Stream()
    const keys = Object.keys(stream)
    const { iteration } = tapped(stream)
    expectTypeOf(iteration).toEqualTypeOf<Stream>()
    expect([iteration.label, iteration instanceof Stream, Object.keys(iteration)]).toEqual([
      'mine',
      true,
      keys,
    ])
    const plain = { next: () => ({ done: true, value: 1 }), [Symbol.asyncIterator]: () => plain }
    expect(Object.keys(tapped(plain).iteration)).toEqual(['next'])
  })

  test('a frozen object passes through unobserved and is reported as abandoned', async () => {
    const { iteration, chunks, ends } = tapped(Object.freeze(new Stream()))
    expect(await read(iteration)).toEqual([1, 2, 3])
    expect([chunks, ends]).toEqual([[], [{ status: 'abandoned' }]])
  })
})

describe('garbage collection', () => {
  /** Runs `body` in a process that can collect garbage at will, and reads what it prints. */
  const inProcess = (body: string) => {
    const script = `
      import { tapIteration } from '@runtape/core/internal'
      import { setTimeout as sleep } from 'node:timers/promises'
      const collect = async () => { for (let i = 0; i < 5; i++) { await sleep(2); gc() } }
      async function* slowly() { for (let i = 1; i <= 3; i++) { await collect(); yield i } }
      class Stream { constructor(make) { this.make = make } [Symbol.asyncIterator]() { const { make } = this; return make() } }
      const observer = name => ({
        step: run => run(),
        chunk: value => console.log(name, value),
        end: how => console.log(name, how.status),
      })
      ${body}`
    const cwd = fileURLToPath(new URL('../..', import.meta.url))
    const args = ['--expose-gc', '--input-type=module', '--eval', script]
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
    expect(stderr).toBe('')
    return stdout.trim().split('\n')
  }

  test('a stream that is unread, or no longer read, ends as abandoned, once', () => {
    const lines = inProcess(`
      tapIteration(slowly(), observer('generator'))
      tapIteration(new Stream(slowly), observer('stream'))
      await (async () => { await tapIteration(new Stream(slowly), observer('begun'))[Symbol.asyncIterator]().next() })()
      await collect()`)
    expect(lines.toSorted()).toEqual([
      'begun 1',
      'begun abandoned',
      'generator abandoned',
      'stream abandoned',
    ])
  })

  test('a stream that is still read is not abandoned, although nothing references the stream itself', () => {
    const lines = inProcess(`
      const begin = () => tapIteration(new Stream(slowly), observer('read'))[Symbol.asyncIterator]()
      const steps = begin()
      await collect()
      while (!(await steps.next()).done) await collect()`)
    expect(lines).toEqual(['read 1', 'read 2', 'read 3', 'read ok'])
  })

  test('an ended stream is released, even by an observer that references it', () => {
    const lines = inProcess(`
      let stream = new Stream(slowly)
      const held = new WeakRef(stream)
      await (async () => {
        const mine = stream
        tapIteration(mine, { step: run => run(), chunk: () => mine, end: () => mine })
        for await (const chunk of mine) {}
      })()
      stream = undefined
      await collect()
      console.log(held.deref() === undefined)`)
    expect(lines).toEqual(['true'])
  })

  test('with a separate ending, a stream that its observer references is still found abandoned', () => {
    const lines = inProcess(`
      await (async () => {
        const mine = new Stream(slowly)
        const watching = { step: run => run(), chunk: () => mine, end: () => mine }
        tapIteration(mine, watching, observer('known'))
      })()
      await collect()`)
    expect(lines).toEqual(['known abandoned'])
  })
})
