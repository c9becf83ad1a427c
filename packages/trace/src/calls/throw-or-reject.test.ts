import { expect, test } from 'vitest'
import { replayed } from '../../test/recorded.ts'
import { traced } from './traced.ts'
import type { AnyFunction } from './wrap-function.ts'

const miss = new Error('no recorded answer')

function failing(fn: AnyFunction) {
  const child = traced('child', fn) as () => unknown
  return replayed(
    () => ({ action: 'fail', error: miss }),
    traced('root', () => ({ given: tryTo(child) })),
  )
}

const tryTo = (child: () => unknown): unknown => {
  try {
    return child()
  } catch (error) {
    return ['thrown', error]
  }
}

test('a sync function throws', () => {
  const { result, spans } = failing(() => 1)
  expect(result.given).toEqual(['thrown', miss])
  expect(spans[0]).toMatchObject({
    key: 'child',
    status: 'error',
    resultKind: 'value',
    replay: { mocked: false },
  })
})

test('an async function rejects, even if bound or traced twice', async () => {
  for (const fn of [async () => 1, (async () => 1).bind(null), traced('inner', async () => 1)]) {
    const { result, spans } = failing(fn)
    await expect(result.given).rejects.toBe(miss)
    expect(spans.at(-1)).toMatchObject({ key: 'child', status: 'error', resultKind: 'promise' })
  }
})

test('a generator fails when read', () => {
  const { result } = failing(function* () {
    yield 1
  })
  expect(() => (result.given as Generator).next()).toThrow(miss)
})

test('an async generator fails when read', async () => {
  const { result, spans } = failing(async function* () {
    yield 1
  })
  await expect((result.given as AsyncGenerator).next()).rejects.toBe(miss)
  expect(spans.find(span => span.key === 'child')).toMatchObject({
    status: 'error',
    resultKind: 'async-generator',
  })
})
