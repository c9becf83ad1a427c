import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

const file = (text = 'hi', name = 'a.txt') => new File([text], name)

function form(text = 'hi') {
  const data = new FormData()
  data.append('upload', file(text))
  data.append('note', 'x')
  return data
}

test.each<readonly [string, () => unknown]>([
  ['a file', file],
  ['a form with a file', form],
  ['a list of files in an object', () => ({ files: [file('a'), file('b', 'b.txt')] })],
])('%s created by the program is equal each time, as a result and as an argument', async (_what, make) => {
  const tape = newTape()
  const send = tape.tracer.traced('send', { mockOnReplay: true }, async (_value: unknown) => 'sent')
  const fn = tape.tracer.traced('fn', async () => {
    await send(make())
    return make()
  })
  await wait(5)
  const item = await recordAndReplay(tape, fn, { mock: 'marked' })
  expect(item).toMatchObject({ same: true, mocks: { served: [{}], drifted: [] } })
})

test.each<readonly [string, () => unknown, () => unknown]>([
  ['another content', () => file(), () => file('ho')],
  ['another name', () => file(), () => file('hi', 'b.txt')],
  ['another content in a form', () => form(), () => form('ho')],
])('a file with %s is changed', async (_what, before, after) => {
  const tape = newTape()
  let make = before
  const fn = tape.tracer.traced('fn', async () => make())
  const item = await recordAndReplay(tape, fn, {}, () => {
    make = after
  })
  expect(item.outcome).toBe('changed')
})
