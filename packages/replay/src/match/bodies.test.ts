import { describe, expect, test } from 'vitest'
import { newTape } from '../../test/tape.ts'
import { replay } from '../run/replay.ts'

/** A shop's handler: a request comes in, another goes out, a response comes back. */
function shop(tape: ReturnType<typeof newTape>) {
  const { traced } = tape.tracer
  const settings = { status: 200, word: 'approved', sends: (id: string) => `{"id":"${id}"}` }
  const sent: string[] = []
  const send = traced('send', { mockOnReplay: true }, async (request: Request) => {
    const body = await request.text()
    sent.push(body)
    return Response.json({ echo: body })
  })
  const handle = traced('handle', async (request: Request) => {
    const { ids } = (await request.json()) as { ids: string[] }
    const answers: string[] = []
    for (const id of ids) {
      const answer = await send(new Request('http://pay.test', { method: 'POST', body: settings.sends(id) }))
      answers.push(((await answer.json()) as { echo: string }).echo)
    }
    return Response.json({ decision: settings.word, answers }, { status: settings.status })
  })
  const record = async (...ids: string[]) => {
    const response = await handle(
      new Request('http://shop.test', { method: 'POST', body: JSON.stringify({ ids }) }),
    )
    const text = await response.text()
    await tape.recorder.flush()
    sent.length = 0
    return text
  }
  const again = async () => (await replay(handle, { store: tape.store, mock: 'all' })).items[0]
  return { settings, sent, record, again }
}

describe('requests and responses in a replay', () => {
  test('are read from the tape, and are equal', async () => {
    const { record, again, sent } = shop(newTape())
    const text = await record('a')
    const item = await again()
    expect(item).toMatchObject({ outcome: 'same', error: null, mocks: { missed: [], drifted: [] } })
    expect(item?.mocks.served).toMatchObject([{ key: 'send' }])
    expect(item?.mocks.served[0]).not.toHaveProperty('unknownInput')
    expect(sent).toEqual([])
    expect(await (item as { result: Response }).result.text()).toBe(text)
  })

  test('are changed if their body or status differs', async () => {
    const { record, again, settings } = shop(newTape())
    await record('a')
    settings.word = 'denied'
    expect(await again()).toMatchObject({ outcome: 'changed' })
    settings.word = 'approved'
    settings.status = 500
    expect(await again()).toMatchObject({ outcome: 'changed' })
  })

  test('are changed calls as arguments with another body', async () => {
    const { record, again, settings } = shop(newTape())
    await record('a')
    settings.sends = id => `{"id":"${id}","twice":true}`
    const item = await again()
    expect(item?.diff?.changed).toMatchObject([{ key: 'send' }])
  })

  test('that differ only in their bodies are served in order, with a note', async () => {
    const { record, again } = shop(newTape())
    await record('a', 'b')
    const item = await again()
    expect(item?.outcome).toBe('same')
    expect(item?.mocks.served.map(call => call.key)).toEqual(['send', 'send'])
    expect(JSON.stringify(item?.mocks)).toContain('2 recorded calls look alike')
  })

  test('without a recorded body are unknown, and cannot be served', async () => {
    const tape = newTape()
    const body = () =>
      new ReadableStream({
        pull: controller => {
          controller.enqueue(new TextEncoder().encode('a'))
          controller.close()
        },
      })
    const give = tape.tracer.traced('give', async () => new Response(body()))
    await (await give()).text()
    await tape.recorder.flush()
    const { items } = await replay(give, { store: tape.store })
    expect(items[0]).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('$.body') })
    const outer = tape.tracer.traced('outer', async () => (await give()).text())
    await outer()
    await tape.recorder.flush()
    const { items: more } = await replay(outer, { store: tape.store, mock: 'all' })
    expect(more[0]).toMatchObject({ outcome: 'failed', mocks: { missed: [{ key: 'give' }] } })
  })

  test('are passed on and served many times over', async () => {
    const tape = newTape()
    const give = tape.tracer.traced('give', { mockOnReplay: true }, async () => new Blob(['abc']))
    const pass = tape.tracer.traced('pass', async () => {
      const blob = await give()
      return [new Response(blob), blob, await blob.text()] as const
    })
    await pass()
    await tape.recorder.flush()
    const { items } = await replay(pass, { store: tape.store, mock: 'all' })
    expect(items[0]).toMatchObject({ outcome: 'same', error: null })
  })
})
