import { readFile as readWithCallback } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { recordAndReplay, recordExactly } from './record-and-replay.ts'
import { newTape } from './tape.ts'

type Tool = (name: string, ms: number) => Promise<string>
/** Marks untraced work, so that the recording waits for it before the clock advances. */
type Untraced = <T>(work: Promise<T>) => Promise<T>
type Program = (tool: Tool, out: string[], untraced: Untraced) => Promise<unknown>[]

const turns = async (count: number) => {
  for (let left = count; left > 0; left--) await turn()
}

const digest = () => crypto.subtle.digest('SHA-256', Buffer.alloc(200_000))

/** Each starts untraced work next to a call that takes longer. */
const programs: Readonly<Record<string, Program>> = {
  'an immediate': (tool, out, untraced) => [
    tool('model', 5).then(name => out.push(name)),
    untraced(new Promise<void>(resolve => setImmediate(resolve))).then(() => out.push('immediate')),
  ],
  'immediates in a row': (tool, out, untraced) => [
    tool('model', 5).then(name => out.push(name)),
    untraced(turns(20)).then(() => out.push('turns')),
  ],
  'a promisified immediate set after the start of the call': (tool, out, untraced) => [
    tool('model', 5).then(name => out.push(name)),
    untraced(Promise.resolve().then(() => promisify(setImmediate)())).then(() => out.push('promisified')),
  ],
  'a file read': (tool, out, untraced) => [
    tool('model', 50).then(name => out.push(name)),
    untraced(readFile(import.meta.filename)).then(() => out.push('file')),
  ],
  'a file read with a callback': (tool, out, untraced) => [
    tool('model', 50).then(name => out.push(name)),
    untraced(promisify(readWithCallback)(import.meta.filename)).then(() => out.push('file')),
  ],
  'a digest': (tool, out, untraced) => [
    tool('model', 50).then(name => out.push(name)),
    untraced(digest()).then(() => out.push('digest')),
  ],
  'a digest and a timer': (tool, out, untraced) => [
    tool('model', 600).then(name => out.push(name)),
    new Promise(resolve => setTimeout(resolve, 300)).then(() => out.push('timer')),
    untraced(digest()).then(() => out.push('digest')),
  ],
  'immediates and a timer soon after': (tool, out, untraced) => [
    tool('model', 600).then(name => out.push(name)),
    new Promise(resolve => setTimeout(resolve, 5)).then(() => out.push('timer')),
    untraced(turns(20)).then(() => out.push('turns')),
  ],
  'a read started by an answer': (tool, out, untraced) => [
    tool('model', 500).then(name => out.push(name)),
    tool('fast', 20).then(async name => {
      out.push(name, await untraced(readFile(import.meta.filename)).then(() => 'file'))
    }),
  ],
  'a timer set after a read': (tool, out, untraced) => [
    tool('model', 20).then(name => out.push(name)),
    untraced(readFile(import.meta.filename))
      .then(() => new Promise(resolve => setTimeout(resolve, 10)))
      .then(() => out.push('timer')),
  ],
}

function recorded(program: Program) {
  const tape = newTape()
  const tool = tape.tracer.traced('tool', { mockOnReplay: true }, async (name: string, ms: number) => {
    await new Promise(resolve => setTimeout(resolve, ms))
    return name
  })
  const works: Promise<unknown>[] = []
  const untraced: Untraced = work => {
    works.push(work)
    return work
  }
  const settled = async () => {
    do {
      await Promise.all(works.splice(0))
      await turns(2)
    } while (works.length > 0)
  }
  const fn = tape.tracer.traced('fn', async () => {
    const out: string[] = []
    await Promise.all(program(tool, out, untraced))
    return out
  })
  return { tape, fn, settled }
}

describe('work started by the code finishes before a slower answer', () => {
  test.each(Object.entries(programs))('%s', async (_name, program) => {
    const { tape, fn, settled } = recorded(program)
    const item = await recordExactly(tape, fn, { mock: 'marked' }, () => {}, settled)
    expect((item.originalOutput as string[]).at(-1)).toBe('model')
    expect(item.result).toEqual(item.originalOutput)
  })

  test.each(Object.entries(programs))(
    '%s, on a machine that pauses again and again',
    async (_name, program) => {
      const { tape, fn, settled } = recorded(program)
      let stops: NodeJS.Timeout | undefined
      const item = await recordExactly(
        tape,
        fn,
        { mock: 'marked' },
        () => {
          stops = setInterval(stopFor15Ms, 1)
        },
        settled,
      )
      clearInterval(stops)
      expect(item.result).toEqual(item.originalOutput)
    },
  )
})

function stopFor15Ms(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15)
}

describe('an answer is not delayed for ever', () => {
  test('by code that polls with immediates until it arrives', async () => {
    const tape = newTape()
    const tool = tape.tracer.traced('tool', { mockOnReplay: true }, async () => {
      await new Promise(resolve => setTimeout(resolve, 30))
      return 'model'
    })
    const fn = tape.tracer.traced('fn', async () => {
      let answer: string | undefined
      void tool().then(value => (answer = value))
      while (answer === undefined) await turn()
      return answer
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ same: true, result: 'model' })
  })

  test('by a cleared immediate', async () => {
    const tape = newTape()
    const tool = tape.tracer.traced('tool', { mockOnReplay: true }, async () => {
      await new Promise(resolve => setTimeout(resolve, 30))
      return 'model'
    })
    const fn = tape.tracer.traced('fn', async () => {
      const immediate = setImmediate(() => {})
      const answer = tool()
      clearImmediate(immediate)
      return answer
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ same: true, result: 'model' })
  })
})

test('immediates and crypto.subtle are restored after a replay', async () => {
  const before = [globalThis.setImmediate, crypto.subtle.digest]
  const tape = newTape()
  let within: unknown[] = []
  const fn = tape.tracer.traced('fn', async () => {
    within = [setImmediate.name, setImmediate.length, crypto.subtle.digest.name, crypto.subtle.digest.length]
  })
  await fn()
  const live = within
  await tape.recorder.flush()
  await replay(fn, { store: tape.store, mock: 'all' })
  expect(within).toEqual(live)
  expect([globalThis.setImmediate, crypto.subtle.digest]).toEqual(before)
})
