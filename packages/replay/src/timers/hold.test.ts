import { expect, test } from 'vitest'
import { Hold } from './hold.ts'

const wait = (hold: Hold, ms: number) => hold.timer(ms)()

test('ends after this many milliseconds of timers, or 10', () => {
  const hold = new Hold()
  expect(hold.isOn(1, 30, undefined)).toBe(true)
  wait(hold, 29)
  expect(hold.isOn(1, 30, undefined)).toBe(true)
  expect(hold.isOn(1, 5, undefined)).toBe(false)
  wait(hold, 1)
  expect(hold.isOn(1, 30, undefined)).toBe(false)
})

test('restarts after each event, and earlier timers do not count', () => {
  const hold = new Hold()
  hold.isOn(1, 30, undefined)
  const fired = hold.timer(50)
  expect(hold.isOn(2, 30, undefined)).toBe(true)
  fired()
  expect(hold.isOn(2, 30, undefined)).toBe(true)
})

test('lasts at least 200 immediates', () => {
  const hold = new Hold()
  hold.isOn(1, 0, 7)
  wait(hold, 1000)
  expect(hold.isOn(1, 0, 206)).toBe(true)
  expect(hold.isOn(1, 0, 207)).toBe(false)
  expect(hold.isOn(1, 0, undefined)).toBe(false)
})
