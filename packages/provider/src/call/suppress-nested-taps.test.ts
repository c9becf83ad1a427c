import { type ActiveRun, currentFrame, runFrame, runInFrame } from '@runtape/core/internal'
import { expect, test } from 'vitest'
import { isSending, sendIn } from './suppress-nested-taps.ts'

const run = {} as ActiveRun

test('code that sends a request is recognized, also in frames that it enters itself', () => {
  const inside = () => runInFrame(runFrame(currentFrame(), run), isSending)
  expect([isSending(), inside()]).toEqual([false, false])
  expect(sendIn(undefined, () => [isSending(), inside()])).toEqual([true, true])
})

test('work that the request leaves behind is still part of it; later code is not', async () => {
  const later = sendIn(undefined, async () => {
    await null
    return isSending()
  })
  expect([isSending(), await later, isSending()]).toEqual([false, true, false])
})
