import { payload, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { Calls, type RecordedCall } from './recorded-calls.ts'

function callsOf(inputs: unknown[]) {
  const calls = new Calls()
  const made = inputs.map((input): RecordedCall => {
    return {
      span: span({ input: payload([input]) }),
      parent: undefined,
      state: 'unused',
      hasEnded: false,
      drifted: false,
      reclaimed: false,
    }
  })
  for (const call of made) calls.add(call)
  /** Which of the recorded calls answers, with `~` before it when its input differs. */
  const take = (input: unknown) => {
    const match = calls.take(payload([input]))
    if (!match) return 'miss'
    match.call.state = 'answered'
    return (match.drifted ? '~' : '') + made.indexOf(match.call)
  }
  return { calls, made, take }
}

describe('Calls', () => {
  test('match by input, in any order', () => {
    const { take } = callsOf(['a', 'b', 'c'])
    expect(['c', 'a', 'b'].map(take)).toEqual(['2', '0', '1'])
  })

  test('match equal inputs in order of start', () => {
    const { take } = callsOf(['a', 'b', 'a', 'a'])
    expect(['a', 'a', 'b', 'a', 'a'].map(take)).toEqual(['0', '2', '1', '3', 'miss'])
  })

  test('match inputs with equal JSON before equal inputs', () => {
    const { take } = callsOf([
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 1, b: 2 },
    ])
    const both = [
      { b: 2, a: 1 },
      { b: 2, a: 1 },
      { a: 1, b: 2 },
      { a: 1, b: 2 },
    ]
    expect(both.map(take)).toEqual(['1', '0', '2', 'miss'])
  })

  test('match a different input with the next remaining call, as drift', () => {
    const { take } = callsOf(['a', 'b', 'c'])
    expect(['a', 'x', 'y', 'z'].map(take)).toEqual(['0', '~1', '~2', 'miss'])
  })

  test("return each call's own answer even if one was added before it", () => {
    const { take } = callsOf(['a', 'b', 'c'])
    expect(['x', 'a', 'b', 'c'].map(take)).toEqual(['~0', '0', '1', '2'])
  })

  test('return no recorded call to two calls with its input', () => {
    const { take } = callsOf(['a'])
    expect(['x', 'a', 'a', 'y'].map(take)).toEqual(['~0', '0', 'miss', 'miss'])
  })

  test('skip an unreadable recorded input', () => {
    const { calls, made, take } = callsOf(['a'])
    const broken = [{ json: '{' }, undefined, null].map((input): RecordedCall => {
      return {
        span: { ...span(), input: input as never },
        parent: undefined,
        state: 'unused',
        hasEnded: false,
        drifted: false,
        reclaimed: false,
      }
    })
    for (const call of broken) {
      made.push(call)
      calls.add(call)
    }
    expect(['a', 'x', 'y'].map(take)).toEqual(['0', '~1', '~2'])
  })

  test('find one of 100,000 without scanning the others', () => {
    const { take } = callsOf(Array.from({ length: 100_000 }, (_, index) => index))
    const started = cpuMs()
    expect([take(99_999), take('new')]).toEqual(['99999', '~0'])
    const first = cpuMs() - started
    for (let index = 0; index < 1000; index++) take(`new ${index}`)
    // The first ones read all inputs; two thousandths of that for each of the others is far more than they take.
    expect(cpuMs() - started - first).toBeLessThan(first * 2)
  })
})

/** What the process has computed, which other work of the machine does not change. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
