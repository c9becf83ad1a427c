import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

interface Context {
  question: string
  user?: { name: string } | undefined
  log: unknown[]
  seen?: Map<string, number>
}

/** A program whose mocked tool changes its arguments. */
function program<A>(tool: (arg: A) => unknown, run: (tool: (arg: A) => unknown) => unknown) {
  const tape = newTape()
  const calls: number[] = []
  const traced = tape.tracer.traced('tool', { mockOnReplay: true }, (arg: A) => {
    calls.push(1)
    return tool(arg)
  })
  const fn = tape.tracer.traced('fn', async () => run(traced))
  return { tape, fn, calls }
}

// Without the stack of an error.
const shown = (value: unknown) => inspect(value).replaceAll(/\n {4}at .*/g, '')

const newContext = (question = 'why?'): Context => ({ question, log: [{ at: 0 }] })

describe('a mocked call changes its arguments as recorded', () => {
  test.each<readonly [string, (context: Context) => unknown]>([
    ['sets a field, as middleware does', context => void Object.assign(context, { user: { name: 'Ada' } })],
    [
      'pushes to a list, by a promise',
      async context => {
        await new Promise(resolve => setTimeout(resolve, 5))
        context.log.push('done', 2)
      },
    ],
    ['takes from a list', context => void context.log.shift()],
    ['deletes a field', context => void delete (context as Partial<Context>).question],
    [
      'changes what is inside',
      context => void Object.assign(context.log[0] as object, { at: 7, by: new Date(0) }),
    ],
    [
      'fills a map',
      context => {
        context.seen = new Map([['a', 1]])
        context.seen.set('b', 2)
      },
    ],
    [
      'changes it and throws',
      context => {
        context.user = { name: 'Ada' }
        throw new TypeError('after all')
      },
    ],
  ])('%s', async (_what, change) => {
    const { tape, fn, calls } = program(change, async tool => {
      const context = newContext()
      const { log } = context
      const error = await Promise.resolve(context)
        .then(tool)
        .then(
          () => null,
          (problem: Error) => problem.name,
        )
      return { context, isSameList: log === context.log, error }
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ same: true, error: null, result: item.originalOutput as object })
    expect(item.mocks.served[0]?.notes?.every(note => /^changed \$\[0\][.\w[\]]+$/.test(note))).toBe(true)
    expect(calls).toHaveLength(1)
  })

  test.each<readonly [string, () => object, (value: never) => unknown]>([
    ['a Buffer', () => Buffer.alloc(4), (bytes: Buffer) => bytes.write('read')],
    ['a Uint8Array', () => new Uint8Array(8).subarray(2, 6), (bytes: Uint8Array) => bytes.fill(7)],
    ['a DataView', () => new DataView(new ArrayBuffer(8)), (view: DataView) => view.setFloat64(0, 1.5)],
    ['an ArrayBuffer', () => new ArrayBuffer(3), (buffer: ArrayBuffer) => new Uint8Array(buffer).fill(1)],
    ['a Date', () => new Date(0), (date: Date) => date.setFullYear(2001)],
    ['a URL', () => new URL('https://a.example/x'), (url: URL) => url.searchParams.set('page', '2')],
    ['URLSearchParams', () => new URLSearchParams('a=1&a=2'), (all: URLSearchParams) => all.append('b', '3')],
    ['Headers', () => new Headers({ accept: '*/*' }), (all: Headers) => all.set('x-trace', '1')],
    ['FormData', () => new FormData(), (form: FormData) => form.set('name', 'Ada')],
    [
      'an error',
      () => new Error('no'),
      (error: Error) => Object.assign(error, { message: 'not now', code: 7 }),
    ],
  ])('changes %s in place, alone and in a field', async (_what, make, change) => {
    const { tape, fn, calls } = program<{ value?: object } | object>(
      arg => change((arg as { value?: never }).value ?? (arg as never)) && undefined,
      tool => {
        const [alone, inside] = [make(), make()]
        const holder = { value: inside }
        tool(alone)
        tool(holder)
        return [alone, inside, holder.value === inside, make()]
      },
    )
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ outcome: 'same', error: null })
    const [alone, inside, isSame, before] = item.result as unknown[]
    expect([shown(alone), isSame]).toEqual([shown(inside), true])
    expect(shown(alone)).not.toBe(shown(before))
    for (const { notes } of item.mocks.served)
      expect(notes?.every(note => /^changed \$\[0\][.\w]*$/.test(note))).toBe(true)
    expect(calls).toHaveLength(2)
  })

  test('reports why it could not change bytes', async () => {
    let size = 4
    const { tape, fn } = program<Uint8Array>(
      bytes => void bytes.fill(1),
      tool => tool(new Uint8Array(size)),
    )
    const grown = await recordAndReplay(tape, fn, { mock: 'marked' }, () => {
      size = 8
    })
    expect(grown.mocks.drifted[0]?.notes).toEqual([
      'the recorded call changed $[0], and this could not be repeated: the argument differs from the recorded one',
    ])
  })

  test('returns the same object as an argument', async () => {
    const { tape, fn } = program<Context>(
      context => {
        context.user = { name: 'Ada' }
        return context
      },
      tool => {
        const context = newContext()
        return [tool(context) === context, context.user?.name]
      },
    )
    expect(await recordAndReplay(tape, fn, { mock: 'marked' })).toMatchObject({
      result: [true, 'Ada'],
      same: true,
    })
  })

  test('returns its own object, even though that cannot be recorded', async () => {
    const tape = newTape()
    const set = tape.tracer.traced(
      'set',
      { mockOnReplay: true },
      async function (this: Builder, _name: string) {
        return this
      },
    )
    class Builder {
      readonly #parts: string[] = []
      readonly set = set
      get parts() {
        return this.#parts
      }
    }
    const fn = tape.tracer.traced('fn', async () => {
      const builder = new Builder()
      return (await builder.set('a')) === builder
    })
    expect(await recordAndReplay(tape, fn, { mock: 'marked' })).toMatchObject({ result: true, same: true })
  })

  test('changes only unchanged parts, and reports the rest', async () => {
    let user: Context['user']
    const { tape, fn } = program<Context>(
      context => void Object.assign(context, { user: { name: 'Ada' } }),
      tool => {
        const context = { ...newContext(user ? 'how?' : 'why?'), user }
        tool(context)
        return context.user?.name
      },
    )
    const drifted = await recordAndReplay(tape, fn, { mock: 'marked' }, () => {
      user = { name: 'Bob' }
    })
    expect(drifted.result).toBe('Bob')
    expect(drifted.mocks.drifted[0]?.notes).toEqual([
      expect.stringContaining('$[0].user, and this could not be repeated'),
    ])
  })

  test('sets a secret or unrecordable value to one that fails by name', async () => {
    const { tape, fn } = program<Context & { password?: string; run?: () => number }>(
      context => void Object.assign(context, { password: 'hunter2', question: 'set' }),
      tool => {
        const context: Context & { password?: string } = newContext()
        tool(context)
        return [context.question, context.password?.length]
      },
    )
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item.error).toContain(
      'the recorded call set $[0].password of its arguments to values that are not on the tape',
    )
    expect(item.mocks.missed).toMatchObject([{ key: 'tool' }])
  })
})
