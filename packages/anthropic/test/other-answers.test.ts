import { collect, message, streamed, textAs } from '@runtape/testing/anthropic'
import { describe, expect, test } from 'vitest'
import { setUp, tokens } from './set-up.ts'

const given = setUp()
const readStream = async (client = given.client()) => collect(await client.messages.create(streamed))
const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }

describe.each(['application/json', 'text/event-stream'])(
  'a streaming request that is answered as %s',
  type => {
    test.each([
      ['an error in JSON', JSON.stringify(overloaded), { status: 'error', error: { message: 'Overloaded' } }],
      [
        'a whole message',
        JSON.stringify(message([{ type: 'text', text: 'Noon.' }])),
        { status: 'ok', usage: tokens },
      ],
      [
        'nothing',
        '',
        { status: 'error', error: { message: 'The model host answered 200 with an empty body.' } },
      ],
    ])('%s is recorded in its actual form', async (_, text, expected) => {
      given.fake.answer(textAs(text, type))
      const bare = await readStream(given.raw()).catch(String)
      expect(await readStream().catch(String)).toEqual(bare)
      expect(given.tape.call).toMatchObject(expected)
    })
  },
)
