import { expect, test } from 'vitest'
import { decline } from '../src/index.ts'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

function signingIn() {
  const tape = newTape()
  const signIn = tape.tracer.traced('sign-in', async (): Promise<unknown> => ({ password: 'recorded' }))
  const fn = tape.tracer.traced('fn', async () => signIn())
  return { tape, fn }
}

test.each([
  ['at once', { password: 'swordfish' }],
  ['by a promise', async () => ({ password: 'swordfish' })],
])('an override that returns a secret %s passes it to the code, and not to the tape', async (_, override) => {
  const { tape, fn } = signingIn()
  const item = await recordAndReplay(tape, fn, { overrides: { 'sign-in': override } })
  expect(item.result).toEqual({ password: 'swordfish' })
  const { spans } = (await tape.store.traces.get(item.traceId ?? '')) ?? expect.fail()
  expect(spans.find(({ key }) => key === 'sign-in')?.output).toEqual({
    json: '{"password":"[redacted]"}',
    redacted: ['$.password'],
  })
})

test('an override may return more than the tape keeps', async () => {
  const { tape, fn } = signingIn()
  const text = 'x'.repeat(5_000_000)
  const { result, error } = await recordAndReplay(tape, fn, { overrides: { 'sign-in': text } })
  expect(error).toBeNull()
  expect(result === text).toBe(true)
})

test('an override that returns a value that cannot be passed on fails with the reason', async () => {
  class Session {
    readonly id = 1
  }
  const { tape, fn } = signingIn()
  const { error } = await recordAndReplay(tape, fn, { overrides: { 'sign-in': () => new Session() } })
  expect(error).toBe(
    "The override of 'sign-in' returned values that cannot be passed on ($: an instance of Session). " +
      'Return plain data, or register a codec for the class.',
  )
})

test('an override that declines with a promise fails with the reason', async () => {
  const { tape, fn } = signingIn()
  const { error } = await recordAndReplay(tape, fn, { overrides: { 'sign-in': async () => decline } })
  expect(error).toBe("The override of 'sign-in' declined with a promise. It must decline synchronously.")
})
