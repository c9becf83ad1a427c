import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { readArguments } from './arguments.ts'
import { answersFor } from './ask.ts'

/** The answers of a person at a terminal who types these lines, and what was shown. */
async function typed(lines: string, words: readonly string[] = [], isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough()
  input.end(lines)
  const answers = await answersFor(readArguments(words), { input, output })
  output.end()
  return { answers, shown: await text(output) }
}

test('two questions are asked', async () => {
  const { answers, shown } = await typed('google\npostgres\n')
  expect(answers).toEqual({ sdk: 'google', store: 'postgres' })
  expect(shown.match(/\?/g)).toHaveLength(2)
})

test('an empty line takes the first choice', async () => {
  expect((await typed('\n\n')).answers).toEqual({ sdk: 'openai', store: 'file' })
})

test('an unknown answer is asked for again', async () => {
  const { answers, shown } = await typed('gpt\nanthropic\nserver\n')
  expect(answers).toEqual({ sdk: 'anthropic', store: 'server' })
  expect(shown).toContain('The answer must be one of openai, anthropic, google (got "gpt").')
})

test('the end of the input takes the first choices', async () => {
  expect((await typed('')).answers).toEqual({ sdk: 'openai', store: 'file' })
})

test('flags answer a question', async () => {
  const { answers, shown } = await typed('server\n', ['--sdk', 'google'])
  expect(answers).toEqual({ sdk: 'google', store: 'server' })
  expect(shown).not.toContain('Which SDK')
})

test('nothing is asked without a terminal', async () => {
  const { answers, shown } = await typed('google\n', [], false)
  expect({ answers, shown }).toEqual({ answers: { sdk: 'openai', store: 'file' }, shown: '' })
})

test.each([
  ['a store', ['--store', 'redis'], /store must be one of file, server, postgres \(got "redis"\)/],
  ['a flag', ['--yes'], /--yes/],
  ['two folders', ['a', 'b'], /One folder/],
])('%s that does not exist is refused', (_, words, message) => {
  expect(() => readArguments(words)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(message) }),
  )
})
