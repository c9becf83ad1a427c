import { describe, expect, it } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

interface Context {
  question: string
  user?: { name: string } | undefined
  log: unknown[]
  seen?: Map<string, number>
}

/** A program whose mocked tool does something to its arguments. */
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

const newContext = (question = 'why?'): Context => ({ question, log: [{ at: 0 }] })

describe('a mocked call does to its arguments what the recorded one did', () => {
  it.each<readonly [string, (context: Context) => unknown]>([
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
      'does it and throws',
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

  it('returns the very object that it was given', async () => {
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

  it('returns the object it is a method of, although that cannot be kept', async () => {
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

  it('changes only what is as it was, and says what it could not', async () => {
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
      expect.stringContaining('$[0].user when it was recorded, which was not done again'),
    ])
  })

  it('sets a secret, or what cannot be kept, to what fails by its name', async () => {
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
      'the recorded call set $[0].password of its arguments to what is not on the tape',
    )
    expect(item.mocks.missed).toMatchObject([{ key: 'tool' }])
  })
})
