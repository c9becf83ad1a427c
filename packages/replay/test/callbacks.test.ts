import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

const options = { mockOnReplay: true, callbacks: 'record' } as const
const marked = { mock: 'marked' } as const

describe('a mocked call calls its function arguments as recorded', () => {
  test('tokens, one by one, before its promise settles', async () => {
    const { tracer, ...tape } = newTape()
    let calls = 0
    const ask = tracer.traced(
      'ask',
      options,
      async (_q: string, { onToken }: { onToken: (token: string) => unknown }) => {
        calls++
        for (const token of ['a', 'b', 'c']) {
          await new Promise(resolve => setTimeout(resolve, 1))
          await onToken(token)
        }
        return 'abc'
      },
    )
    const fn = tracer.traced('fn', async () => {
      const events: string[] = []
      const onToken = async (token: string) => {
        events.push(`${token}<`)
        await null
        events.push(`${token}>`)
      }
      events.push(await ask('why?', { onToken }))
      return events
    })
    const item = await recordAndReplay({ tracer, ...tape }, fn, marked)
    expect(item).toMatchObject({ same: true, result: ['a<', 'a>', 'b<', 'b>', 'c<', 'c>', 'abc'] })
    expect(calls).toBe(1)
  })

  test('a Node callback, later, with its error or its value', async () => {
    const tape = newTape()
    type Done = (error: Error | null, text?: string) => void
    const readFile = tape.tracer.traced('read', options, (path: string, done: Done): void => {
      setTimeout(() => {
        if (path === 'missing') done(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
        else done(null, `text of ${path}`)
      }, 5)
    })
    const read = (path: string) =>
      new Promise<string>((resolve, reject) => {
        readFile(path, (error, text) => (error ? reject(error) : resolve(text as string)))
      })
    const fn = tape.tracer.traced('fn', async () => [
      await read('a'),
      await read('missing').catch((error: NodeJS.ErrnoException) => error.code),
    ])
    const item = await recordAndReplay(tape, fn, marked)
    expect(item).toMatchObject({ same: true, result: ['text of a', 'ENOENT'], mocks: { missed: [] } })
    expect(item.diff).toMatchObject({ added: [], removed: [], changed: [] })
  })

  test('middleware: changes the request, and calls next before it returns', async () => {
    const tape = newTape()
    interface Req {
      headers: object
      user?: string
    }
    const auth = tape.tracer.traced('auth', options, (req: Req, next: () => void) => {
      req.user = 'Ada'
      next()
    })
    const fn = tape.tracer.traced('fn', () => {
      const req: Req = { headers: {} }
      const seen: unknown[] = []
      auth(req, () => seen.push(req.user))
      return [...seen, 'after']
    })
    expect(await recordAndReplay(tape, fn, marked)).toMatchObject({ same: true, result: ['Ada', 'after'] })
  })

  test('between the chunks of a stream, at their recorded positions', async () => {
    const tape = newTape()
    const stream = tape.tracer.traced('stream', options, async function* (onProgress: (n: number) => void) {
      yield 'a'
      onProgress(1)
      yield 'b'
      onProgress(2)
    })
    const fn = tape.tracer.traced('fn', async () => {
      const events: unknown[] = []
      for await (const chunk of stream(n => events.push(n))) events.push(chunk)
      return events
    })
    expect(await recordAndReplay(tape, fn, marked)).toMatchObject({ same: true, result: ['a', 1, 'b', 2] })
  })

  test('handlers in a list, as in frameworks, each on its own object', async () => {
    const tape = newTape()
    const handlers = () => [
      {
        seen: [] as string[],
        handleToken(token: string) {
          this.seen.push(token)
        },
      },
    ]
    const chain = tape.tracer.traced(
      'chain',
      options,
      async ({ callbacks }: { callbacks: ReturnType<typeof handlers> }) => {
        for (const handler of callbacks) handler.handleToken('a')
        await null
        for (const handler of callbacks) handler.handleToken('b')
      },
    )
    const fn = tape.tracer.traced('fn', async () => {
      const callbacks = handlers()
      await chain({ callbacks })
      return callbacks[0]?.seen
    })
    expect(await recordAndReplay(tape, fn, marked)).toMatchObject({ same: true, result: ['a', 'b'] })
  })
})

describe('unrecorded function arguments', () => {
  test('are passed unchanged, and reported as not called', async () => {
    const tape = newTape()
    const passed: unknown[] = []
    const ask = tape.tracer.traced(
      'ask',
      { mockOnReplay: true },
      async (_q: string, onToken: (t: string) => void) => {
        passed.push(onToken)
        onToken('a')
        return 'a'
      },
    )
    const onToken = () => {}
    const fn = tape.tracer.traced('fn', async () => ask('why?', onToken))
    const item = await recordAndReplay(tape, fn, marked)
    expect(passed).toEqual([onToken])
    expect(item.mocks.served[0]?.notes).toEqual([
      "the tape does not say whether it called $[1], so nothing was called; declare it with callbacks: 'record'",
    ])
  })

  test('are named by an item past its time limit', async () => {
    const tape = newTape()
    const read = tape.tracer.traced('read', { mockOnReplay: true }, (done: (text: string) => void) => {
      done('text')
    })
    const fn = tape.tracer.traced('fn', () => new Promise<string>(resolve => read(resolve)))
    const { error } = await recordAndReplay(tape, fn, { ...marked, itemTimeoutMs: 50 })
    expect(error).toMatch(
      /had not ended after 50 ms.*'read' \(\$\[0\]\)\. Declare them with callbacks: 'record'/,
    )
  })

  test('fail the waiting item with that reason, and the report is complete', () => {
    const file = fileURLToPath(new URL('uncalled-replay.ts', import.meta.url))
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--experimental-strip-types', '--disable-warning=ExperimentalWarning', file],
      { encoding: 'utf8' },
    )
    expect(stdout).toMatch(
      /waits for something that cannot happen.*The tape does not say whether these calls called.*'read' \(\$\[1\]\)/,
    )
    expect(stdout).toContain('the tape does not say whether it called $[1]')
    expect(stdout).toContain('pass: false')
    expect(status).toBe(0)
  })

  test('with recording, live code sees the same properties, results and errors', () => {
    const tape = newTape()
    const each = tape.tracer.traced(
      'each',
      options,
      (list: number[], fn: ((n: number) => number) & { label: string }) => {
        expect([fn.name, fn.length, fn.label, typeof fn]).toEqual(['twice', 1, 'x2', 'function'])
        return list.map(n => fn(n))
      },
    )
    const twice = Object.assign(
      function twice(n: number) {
        if (n > 2) throw new RangeError('too much')
        return n * 2
      },
      { label: 'x2' },
    )
    expect(each([1, 2], twice)).toEqual([2, 4])
    expect(() => each([3], twice)).toThrow(RangeError)
    const same = tape.tracer.traced('same', options, (given: object) => given)
    const given = { fn: twice }
    expect(same(given)).toBe(given)
  })
})
