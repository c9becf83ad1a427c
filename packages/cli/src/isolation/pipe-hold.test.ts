import { expect, test } from 'vitest'
import { PipeHold } from './pipe-hold.ts'

function watched() {
  const pipe = {
    isHeld: true,
    ref: () => {
      pipe.isHeld = true
      return undefined as never
    },
    unref: () => {
      pipe.isHeld = false
      return undefined as never
    },
  }
  return { pipe, hold: new PipeHold(pipe) }
}

test('a process that waits for an item is kept alive, also after a late answer to the one before', () => {
  const { pipe, hold } = watched()
  hold.items++
  hold.requests++
  hold.items--
  hold.requests--
  expect(pipe.isHeld).toBe(true)
})

test('a running item does not keep it alive, but its requests do', () => {
  const { pipe, hold } = watched()
  hold.items++
  expect(pipe.isHeld).toBe(false)
  hold.requests++
  expect(pipe.isHeld).toBe(true)
  hold.requests--
  expect(pipe.isHeld).toBe(false)
})

test('of two items, the end of one does not keep it alive', () => {
  const { pipe, hold } = watched()
  hold.items += 2
  hold.items--
  expect(pipe.isHeld).toBe(false)
  hold.items--
  expect(pipe.isHeld).toBe(true)
})
