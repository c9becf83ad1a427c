import type { Tracer } from '@runtape/trace'
import fc from 'fast-check'

/**
 * A small random program. Every step is traced, some are marked. A marked leaf gives a value that the recording
 * alone can know, so that a replay which runs it, or answers it from the wrong place, cannot give the same result.
 */
export type Program =
  | {
      readonly step: 'leaf' | 'sync-leaf' | 'throwing-leaf' | 'chunks'
      readonly input: number
      readonly marked: boolean
      readonly ticks: number
    }
  | {
      readonly step: 'sequence' | 'all' | 'settled' | 'caught' | 'retry'
      readonly children: readonly Program[]
      readonly marked: boolean
    }

const leaf: fc.Arbitrary<Program> = fc.record({
  step: fc.constantFrom(
    'leaf' as const,
    'leaf' as const,
    'sync-leaf' as const,
    'throwing-leaf' as const,
    'chunks' as const,
  ),
  // Few inputs, so that many calls look alike.
  input: fc.integer({ min: 0, max: 2 }),
  marked: fc.boolean(),
  ticks: fc.integer({ min: 0, max: 4 }),
})

export const programs: fc.Arbitrary<Program> = fc.letrec<{ program: Program }>(tie => ({
  program: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      step: fc.constantFrom(
        'sequence' as const,
        'all' as const,
        'settled' as const,
        'caught' as const,
        'retry' as const,
      ),
      children: fc.array(tie('program'), { maxLength: 4 }),
      marked: fc.boolean(),
    }),
  ),
})).program

/** The program as traced functions; `ran` names what really ran. */
export function runProgram(
  program: Program,
  tracer: Tracer,
): { root: () => Promise<unknown>; ran: string[] } {
  const ran: string[] = []
  let count = 0
  const value = (node: Program) => (node.marked ? count++ : 'always')
  const perform = async (node: Program): Promise<unknown> => {
    ran.push(name(node))
    switch (node.step) {
      case 'leaf':
        await ticks(node.ticks)
        return { leaf: value(node), at: new Map([[node.input, new Date(7)]]) }
      case 'throwing-leaf':
        await ticks(node.ticks)
        throw Object.assign(new RangeError(`leaf ${value(node)}`), { input: node.input })
      case 'sequence':
        return inSequence(node.children, call)
      case 'all':
        return settledAll(node.children)
      case 'settled':
        return Promise.allSettled(node.children.map(call)).then(all => all.map(plain))
      case 'caught':
        return caught(() => inSequence(node.children, call))
      case 'retry':
        return (
          (await caught(() => inSequence(node.children, call))) ??
          caught(() => inSequence(node.children, call))
        )
      default:
        throw new Error(`${node.step} does not run here`)
    }
  }
  // Which child of Promise.all rejects first depends on timing; here all settle, and the first in order is thrown.
  const settledAll = async (children: readonly Program[]) => {
    const all = await Promise.allSettled(children.map(call))
    for (const each of all) if (each.status === 'rejected') throw each.reason
    return all.map(plain)
  }
  const options = (node: Program) => ({ name: name(node), mockOnReplay: node.marked })
  // The input says little about the call, so that many calls look alike and only their order tells them apart.
  const call = async (node: Program): Promise<unknown> => {
    const input = 'input' in node ? node.input : node.children.length
    if (node.step === 'chunks') {
      return readChunks(node, tracer.traced('step', options(node), (_: number) => chunks(node))(input))
    }
    if (node.step === 'sync-leaf')
      return tracer.traced('step', options(node), (_: number) => sync(node))(input)
    return tracer.traced('step', options(node), async (_: number) => perform(node))(input)
  }
  const sync = (node: Program) => {
    ran.push(name(node))
    return [value(node), node.step]
  }
  async function* chunks(node: Program) {
    ran.push(name(node))
    for (let index = 0; index < 3; index++) {
      await ticks(index)
      yield value(node)
    }
    return 'end'
  }
  const root = tracer.traced('root', async () => call(program))
  return { root, ran }
}

const name = ({ marked, step }: Program) => (marked ? `marked-${step}` : step)

async function readChunks(node: Program, chunks: AsyncGenerator<unknown>): Promise<unknown> {
  const read: unknown[] = []
  for await (const chunk of chunks) {
    read.push(chunk)
    // Some readers stop early.
    if ('ticks' in node && node.ticks > 2) break
  }
  return read
}

async function inSequence(
  children: readonly Program[],
  call: (node: Program) => Promise<unknown>,
): Promise<unknown[]> {
  const results: unknown[] = []
  for (const child of children) results.push(await call(child))
  return results
}

async function caught(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    return { caught: (error as Error).message, input: (error as { input?: number }).input }
  }
}

const plain = (each: PromiseSettledResult<unknown>) =>
  each.status === 'fulfilled' ? each.value : { rejected: (each.reason as Error).message }

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise(resolve => setImmediate(resolve))
}
