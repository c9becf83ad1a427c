import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BodyTap, type Pieces } from './body-tap.ts'
import { TappedBody } from './tapped-body.ts'

type Body = ReadableStream<Uint8Array>
type Op = { readonly do: string; readonly at?: number; readonly wait?: boolean }

const bytes = (text: string) => new TextEncoder().encode(text)
const told = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof Error) return `${value.name}: ${value.message.replace(/ Received.*/, '')}`
  return value
}

/** A source that the test tells when to enqueue pieces. */
class Source {
  readonly stream: Body
  #pieces: Pieces | undefined
  cancelled: unknown = 'no'

  constructor(type: 'bytes' | undefined) {
    const start = (pieces: Pieces) => {
      this.#pieces = pieces
    }
    const cancel = (reason: unknown) => {
      if (this.#pieces) this.cancelled = reason
    }
    this.stream = new ReadableStream({ type, start, cancel } as object, { highWaterMark: 0 })
  }

  give(text: string): void {
    if (this.#isOpen()) this.#pieces?.enqueue(bytes(text))
  }

  close(): void {
    if (!this.#isOpen()) return
    this.#pieces?.close()
    this.#pieces?.byobRequest?.respond(0)
    this.#pieces = undefined
  }

  fail(): void {
    this.#pieces?.error(new Error('reset'))
    this.#pieces = undefined
  }

  #isOpen = () => this.#pieces !== undefined && this.cancelled === 'no'
}

function tapped(source: Body): Body {
  const push = (piece: Uint8Array) => (told(piece) === '-' ? undefined : piece)
  const reader = {
    push,
    finish: () => undefined,
    answer: () => ({ facts: {}, parts: {} }),
    isComplete: false,
  }
  return new TappedBody(new BodyTap(source, reader, undefined, () => {}))
}

/** Records what an application sees when it performs these operations on a body. */
class Application {
  readonly #source: Source
  readonly #body: Body
  readonly #isTapped: boolean
  readonly #readers: (ReadableStreamDefaultReader | ReadableStreamBYOBReader)[] = []
  readonly #loops: ReturnType<Body['values']>[] = []
  readonly #bodies: Body[]
  readonly seen: unknown[] = []
  #given = 0

  constructor(isTapped: boolean, type: 'bytes' | undefined) {
    this.#isTapped = isTapped
    this.#source = new Source(type)
    this.#body = isTapped ? tapped(this.#source.stream) : this.#source.stream
    this.#bodies = [this.#body]
  }

  async run(ops: readonly Op[]): Promise<unknown[]> {
    for (const [index, op] of ops.entries()) {
      // Which reader receives a piece that arrives at the same moment as another operation is undefined.
      if (!asks(op)) await settled()
      this.#note(index, op.do, () => this.#act(op))
      if (asks(op) && !op.wait) continue
      await settled()
      this.seen.push(this.#bodies.map(body => body.locked))
    }
    await settled()
    return [...this.seen, this.#source.cancelled]
  }

  #note(index: number, name: string, act: () => unknown): void {
    const noted = (how: string) => (value: unknown) => {
      this.seen.push([index, name, how, told(value) ?? null])
    }
    try {
      const result = act()
      if (!(result instanceof Promise)) return noted('at once')(typeof result)
      const entry: unknown[] = [index, name, 'waits']
      this.seen.push(entry)
      result.then(
        value => entry.splice(2, 1, 'gives', ...valuesOf(value)),
        error => entry.splice(2, 1, 'fails', told(error)),
      )
    } catch (error) {
      noted('throws')(error)
    }
  }

  #act({ do: what, at = 0 }: Op): unknown {
    const body = this.#bodies[at % this.#bodies.length] as Body
    const reader = this.#readers[at % this.#readers.length]
    const loop = this.#loops[at % this.#loops.length]
    switch (what) {
      case 'give':
        if (this.#isTapped && at % 3 === 0) this.#source.give('-')
        return this.#source.give(`piece ${this.#given++}`)
      case 'close':
        return this.#source.close()
      case 'fail':
        return this.#source.fail()
      case 'reader':
        return void this.#readers.push(body.getReader())
      case 'byob':
        return void this.#readers.push(body.getReader({ mode: 'byob' }))
      case 'loop':
        return void this.#loops.push(body.values(at % 2 ? undefined : { preventCancel: true }))
      case 'read':
        return reader instanceof ReadableStreamBYOBReader ? reader.read(new Uint8Array(1)) : reader?.read()
      case 'release':
        return reader?.releaseLock()
      case 'stop':
        return reader?.cancel('enough')
      case 'closed':
        return reader?.closed
      case 'next':
        return loop?.next()
      case 'return':
        return loop?.return?.('left' as never)
      case 'cancel':
        return body.cancel('enough')
      default:
        return void this.#bodies.push(...body.tee())
    }
  }
}

const asks = ({ do: what }: Op) => what === 'read' || what === 'next'

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate()
}

const valuesOf = (value: unknown) =>
  typeof value === 'object' && value !== null && 'done' in value
    ? [value.done, told((value as unknown as { value: unknown }).value)]
    : [told(value)]

/** Node.js can answer a later `next` of a body of bytes and never an earlier one. */
const hasOvertaken = (seen: readonly unknown[]): boolean => {
  const nexts = seen.filter((entry): entry is unknown[] => Array.isArray(entry) && entry[1] === 'next')
  const waiting = nexts.findIndex(([, , outcome]) => outcome === 'waits')
  return waiting !== -1 && nexts.slice(waiting).some(([, , outcome]) => outcome === 'gives')
}

const often = ['give', 'read', 'read', 'reader', 'release', 'next', 'loop'] as const
const what = fc.constantFrom(
  ...often,
  ...often,
  ...['closed', 'byob', 'close', 'fail', 'stop', 'return', 'cancel', 'tee'],
)
const op = fc.record({ do: what, at: fc.nat(5), wait: fc.boolean() })

test.each([undefined, 'bytes'] as const)(
  'any sequence of operations on a body (of type %s) has the same results as without the tap',
  async type => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 16 }), async ops => {
        const [bare, ours] = [new Application(false, type), new Application(true, type)]
        const [expected, seen] = await Promise.all([bare.run(ops), ours.run(ops)])
        fc.pre(!JSON.stringify(expected).includes('a bug in Node.js'))
        fc.pre(!hasOvertaken(expected))
        expect(seen).toEqual(expected)
      }),
      { numRuns: 600 },
    )
  },
)
