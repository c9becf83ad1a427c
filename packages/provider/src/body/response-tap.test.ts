import { expect, test } from 'vitest'
import { tapResponse } from './response-tap.ts'

const encoder = new TextEncoder()

function bare(): Response {
  const pieces = ['a', 'b', 'c'].map(text => encoder.encode(text))
  const body = new ReadableStream({
    type: 'bytes',
    pull: controller => {
      const piece = pieces.shift()
      if (piece) return controller.enqueue(piece as Uint8Array<ArrayBuffer>)
      controller.close()
      controller.byobRequest?.respond(0)
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/plain' } })
}

function tapped(): Response {
  const response = bare()
  const source = response.body as ReadableStream<Uint8Array>
  const reader = {
    push: (piece: Uint8Array) => piece,
    finish: () => undefined,
    answer: () => ({ facts: {}, parts: {} }),
    isComplete: false,
  }
  return tapResponse(response, source, reader, { signal: undefined, onEnd: () => {} })
}

const toldOf = (act: () => unknown) =>
  Promise.resolve()
    .then(act)
    .catch(error => `${error.name}: ${error.message}`)
const textOf = async (stream: unknown) => new Response(stream as ReadableStream).text()
const isSync = (act: () => unknown) => {
  try {
    Promise.resolve(act()).catch(() => {})
    return false
  } catch {
    return true
  }
}

const uses: Record<string, (response: Response) => unknown> = {
  'checks bodyUsed while it reads': async response => {
    const before = response.bodyUsed
    const reader = response.body?.getReader()
    const locked = response.bodyUsed
    await reader?.read()
    return [before, locked, response.bodyUsed, response.body?.locked]
  },
  'reads a locked body': async response => {
    const reader = response.body?.getReader()
    const failures = []
    for (const name of ['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'] as const)
      failures.push(
        isSync(() => response[name]()),
        await toldOf(() => response[name]()),
      )
    failures.push(await toldOf(() => response.clone()))
    reader?.releaseLock()
    return [failures, response.bodyUsed, await response.text(), response.bodyUsed]
  },
  'reads a used body': async response => {
    const reader = response.body?.getReader()
    await reader?.read()
    reader?.releaseLock()
    return [await toldOf(() => response.text()), await toldOf(() => response.clone()), response.bodyUsed]
  },
  'reads the body after cloning': async response => {
    const clone = response.clone()
    const { locked } = response.body as ReadableStream
    return [locked, await textOf(response.body), await clone.text(), response.bodyUsed, clone.bodyUsed]
  },
  'clones after it has accessed the body': async response => {
    const { body } = response
    const clone = response.clone()
    return [body?.locked, response.body === body, await textOf(response.body), await textOf(clone.body)]
  },
  'clones twice': async response => {
    const clones = [response.clone(), response.clone()]
    return [await Promise.all([...clones, response].map(one => one.text())), response.bodyUsed]
  },
  'reads its text': async response => [await response.text(), response.bodyUsed, response.body?.locked],
  'reads its text twice': async response => [await response.text(), await toldOf(() => response.text())],
  'accesses the body twice': response => new Set([response.body, response.body]).size,
  'constructs another response from it': async response => {
    const other = new Response(response.body, response)
    return [await other.text(), other.headers.get('content-type'), response.bodyUsed]
  },
  'reads into its own buffer': async response => {
    const reader = response.body?.getReader({ mode: 'byob' })
    const steps = []
    for (let index = 0; index < 4; index++) steps.push(await reader?.read(new Uint8Array(1)))
    return steps.map(step => [step?.done, [...(step?.value ?? [])]])
  },
  'cancels the body and reads': async response => {
    await response.body?.cancel()
    return [response.bodyUsed, await toldOf(() => response.text())]
  },
  'sends the body to another thread': async response =>
    textOf(structuredClone(response.body, { transfer: [response.body as never] })),
}

test.each(Object.entries(uses))(
  'an application that %s sees the same as with an unobserved response',
  async (_, use) => {
    expect(await toldOf(() => use(tapped()))).toEqual(await toldOf(() => use(bare())))
  },
)
