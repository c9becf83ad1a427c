import { AsyncLocalStorage } from 'node:async_hooks'
import { currentFrame } from '@runtape/core/internal'
import { expect, test } from 'vitest'
import { tape } from '../test/tape.ts'

type Recursive = (level: number) => void

/** The depth that `recursive` reaches before the stack overflows, if it calls itself through `around`. */
function depthOf(around: (recursive: Recursive) => Recursive): number {
  let deepest = 0
  const recursive = around(level => {
    deepest = level
    recursive(level + 1)
  })
  // At the end of the stack an import wrapper of vitest may fail first.
  expect(() => recursive(1)).toThrow()
  return deepest
}

/** The minimum cost of tracing: one frame of an AsyncLocalStorage per level. */
function floor(): number {
  const storage = new AsyncLocalStorage()
  return depthOf(recursive => level => storage.run(level, recursive, level))
}

test('traced recursion reaches 75% of the depth of one AsyncLocalStorage.run per level', () => {
  const { traced } = tape()
  const depth = depthOf(recursive => traced('recursive', recursive))
  expect(depth / floor()).toBeGreaterThan(0.75)
})

test('mutual recursion and recursion of a method reach 75% too', () => {
  const { traced } = tape()
  const inTurn = depthOf(recursive => traced('outer', traced('inner', recursive)))
  expect((2 * inTurn) / floor()).toBeGreaterThan(0.75)
  const method = depthOf(recursive => {
    const tree = { descend: traced('descend', recursive) }
    return level => tree.descend(level)
  })
  expect(method / floor()).toBeGreaterThan(0.75)
})

test('after a stack overflow the frame is restored, and the next call is recorded', () => {
  const { traced, of } = tape()
  depthOf(recursive => traced('recursive', recursive))
  expect(currentFrame()).toBeUndefined()
  expect(traced('next', () => 1)()).toBe(1)
  expect(of('next')).not.toHaveProperty('parentSpanId')
})
