import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { LazyPromise, withThen } from '../../test/lazy-promise.ts'
import { isThenable, watchCall, whenSettled } from './observe-promise.ts'

/** What was reported, in order: `['value', 7]` or `['error', error]`. */
function reports() {
  const seen: [string, unknown][] = []
  const onValue = (value: unknown) => void seen.push(['value', value])
  const onError = (error: unknown) => void seen.push(['error', error])
  return { seen, watch: <T>(result: T) => whenSettled(result, onValue, onError), onValue, onError }
}

const failure = new Error('failed')
describe('isThenable', () => {
  const callable = withThen(
    () => {},
    () => {},
  )
  test.each([[Promise.resolve()], [new LazyPromise(async () => 1)], [withThen({}, () => {})], [callable]])(
    'true: %o',
    value => {
      expect(isThenable(value)).toBe(true)
    },
  )

  const hostile = Object.defineProperty({}, 'then', {
    get() {
      throw failure
    },
  })
  test.each([[undefined], [null], [7], ['then'], [withThen({}, 1)], [() => {}], [[]], [hostile]])(
    'false: %o',
    value => {
      expect(isThenable(value)).toBe(false)
    },
  )
})

describe('a plain value', () => {
  test('is reported immediately and passed on as the same object', () => {
    const { seen, watch } = reports()
    const value = { a: 1 }
    expect(watch(value)).toBe(value)
    expect(seen).toEqual([['value', value]])
  })
})

describe('a plain promise', () => {
  test('is reported before code that awaits it continues', async () => {
    const { seen, watch } = reports()
    expect(await watch(Promise.resolve(7))).toBe(7)
    expect(seen).toEqual([['value', 7]])
  })

  test('rejects with the same error', async () => {
    const { seen, watch } = reports()
    await expect(watch(Promise.reject(failure))).rejects.toBe(failure)
    expect(seen).toEqual([['error', failure]])
  })

  test('keeps the properties that the application has added', async () => {
    const promise = Object.assign(Promise.resolve(7), { cancel: () => 'cancelled' })
    const watched = reports().watch(promise)
    expectTypeOf(watched).toEqualTypeOf(promise)
    expect(watched.cancel()).toBe('cancelled')
    expect(await watched).toBe(7)
  })

  test('may be frozen', async () => {
    const { seen, watch } = reports()
    expect(await watch(Object.freeze(Promise.resolve(7)))).toBe(7)
    expect(seen).toEqual([['value', 7]])
  })

  test('keeps its type', async () => {
    const watched = reports().watch(Promise.resolve(7))
    expectTypeOf(watched).toEqualTypeOf<Promise<number>>()
    expect(await watched).toBe(7)
  })
})

describe('an unhandled rejection', () => {
  const outcomeOf = (body: string) => {
    const script = `
      import { whenSettled } from '@runtape/core/internal'
      process.on('unhandledRejection', error => console.log('unhandled: ' + error.message))
      const watch = result => whenSettled(result, () => {}, error => console.log('reported: ' + error.message))
      class Own extends Promise {}
      ${body}
      await new Promise(resolve => setTimeout(resolve, 20))`
    const cwd = fileURLToPath(new URL('../..', import.meta.url))
    const args = ['--input-type=module', '--eval', script]
    return spawnSync(process.execPath, args, { cwd, encoding: 'utf8' }).stdout.trim().split('\n')
  }

  test('of a watched promise is reported once', () => {
    expect(outcomeOf(`watch(Promise.reject(new Error('no')))`)).toEqual(['reported: no', 'unhandled: no'])
  })

  test('is not reported if the application handles it', () => {
    expect(outcomeOf(`watch(Promise.reject(new Error('no'))).catch(() => {})`)).toEqual(['reported: no'])
  })

  test('of a promise subclass is reported once, and not at all if it is handled', () => {
    expect(outcomeOf(`watch(Own.reject(new Error('no')))`)).toEqual(['unhandled: no'])
    expect(outcomeOf(`await watch(Own.reject(new Error('no'))).catch(() => {})`)).toEqual(['reported: no'])
  })
})

describe('a promise of a subclass', () => {
  const lazy = (work: () => Promise<number> = async () => 7) => new LazyPromise(work)

  test('keeps its identity and is not started', async () => {
    const { seen, watch } = reports()
    let started = 0
    const promise = lazy(async () => ++started)
    expect(watch(promise)).toBe(promise)
    await new Promise(resolve => setImmediate(resolve))
    expect([started, promise.asked, seen]).toEqual([0, 0, []])
  })

  test('is reported when it is awaited, and its `then` is called only by its consumer', async () => {
    const { seen, watch } = reports()
    const promise = watch(lazy())
    expect([await promise, await promise]).toEqual([7, 7])
    expect(promise.asked).toBe(2)
    expect(seen).toEqual([['value', 7]])
  })

  test.each<[string, (promise: LazyPromise<number>) => Promise<unknown>]>([
    [
      'then',
      promise =>
        promise.then(
          value => value + 1,
          error => error,
        ),
    ],
    ['then without callbacks', promise => promise.then()],
    ['catch', promise => promise.catch(error => error)],
    ['catch without a callback', promise => promise.catch()],
    ['finally', promise => promise.finally(() => {})],
    ['finally without a callback', promise => promise.finally()],
    ['await', async promise => await promise],
    ['Promise.all', promise => Promise.all([promise])],
  ])('%s returns what it returns unwatched, and reports once', async (_, ask) => {
    for (const work of [async () => 7, () => Promise.reject(failure)]) {
      const { seen, watch } = reports()
      const outcome = (promise: LazyPromise<number>) => Promise.allSettled([ask(promise)])
      expect(await outcome(watch(lazy(work)))).toEqual(await outcome(lazy(work)))
      expect(seen).toHaveLength(1)
      expect(['value 7', 'error Error: failed']).toContain(seen[0]?.join(' '))
    }
  })

  test('keeps its other methods', async () => {
    expect(await reports().watch(lazy()).withName('a')).toEqual({ name: 'a', data: 7 })
  })

  test('derived promises keep their class', async () => {
    class Own<T> extends Promise<T> {}
    const { seen, watch } = reports()
    const derived = watch(Own.resolve(7)).then(value => value + 1)
    expect(derived).toBeInstanceOf(Own)
    expect(await derived).toBe(8)
    expect(seen).toEqual([['value', 7]])
  })

  test('a catch that takes a filter before its handler still works', async () => {
    class Filtering extends Promise<number> {
      override catch(...args: unknown[]): Promise<number> {
        const handler = args.at(-1) as (error: unknown) => number
        const only = args.length > 1 ? (args[0] as typeof Error) : Error
        return super.then(undefined, error => {
          if (error instanceof only) return handler(error)
          throw error
        })
      }
    }
    const { seen, watch } = reports()
    const promise = watch(Filtering.reject(failure) as Filtering)
    await expect(promise.catch(TypeError, () => 1)).rejects.toBe(failure)
    expect(await promise.catch(Error, () => 1)).toBe(1)
    expect(seen).toEqual([['error', failure]])
  })

  test('two watchers get one report each', async () => {
    const [first, second] = [reports(), reports()]
    expect(await second.watch(first.watch(lazy()))).toBe(7)
    expect([first.seen, second.seen]).toEqual([[['value', 7]], [['value', 7]]])
  })
})

describe('a thenable with only then', () => {
  test('whose then returns nothing can be awaited', async () => {
    const { seen, watch } = reports()
    const thenable = withThen({}, (resolve: (value: number) => void) => resolve(7))
    expect(await watch(thenable as object as PromiseLike<number>)).toBe(7)
    expect(seen).toEqual([['value', 7]])
  })

  test('that is frozen is not changed', async () => {
    const { seen, watch } = reports()
    const frozen = Object.freeze(new LazyPromise(async () => 7))
    expect(watch(frozen)).toBe(frozen)
    expect(seen).toEqual([])
  })
})

describe('watchCall', () => {
  test('reports a synchronous throw and rethrows the same error', () => {
    const { seen, onValue, onError } = reports()
    const failing = () => {
      throw failure
    }
    expect(() => watchCall(failing, onValue, onError)).toThrow(failure)
    expect(seen).toEqual([['error', failure]])
  })

  test('keeps sync functions sync and async functions async', async () => {
    const { seen, onValue, onError } = reports()
    expect(watchCall(() => 7, onValue, onError)).toBe(7)
    expect(await watchCall(async () => 8, onValue, onError)).toBe(8)
    expect(seen).toEqual([
      ['value', 7],
      ['value', 8],
    ])
  })
})

describe('a delayed result', () => {
  test('is reported and passed on after the delay, whether it is a value or an error', async () => {
    const seen: unknown[] = []
    const gate = Promise.withResolvers<void>()
    const ready = () => gate.promise
    const note = (what: unknown) => void seen.push(what)
    const value = whenSettled(Promise.resolve(7), note, note, ready)
    const error = whenSettled(Promise.reject(failure), note, note, ready)
    error.catch(() => {})
    await new Promise(resolve => setImmediate(resolve))
    expect(seen).toEqual([])
    gate.resolve()
    expect(await value).toBe(7)
    await expect(error).rejects.toBe(failure)
    expect(seen).toEqual([7, failure])
  })

  test('takes no additional promise if it need not wait', async () => {
    const order: string[] = []
    const nothing = () => {}
    const held = whenSettled(Promise.resolve(), nothing, nothing, () => undefined)
    const free = whenSettled(Promise.resolve(), nothing, nothing)
    await Promise.all([held.then(() => order.push('held')), free.then(() => order.push('free'))])
    expect(order).toEqual(['held', 'free'])
  })
})
