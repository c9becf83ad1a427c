import type { Tracer } from '@runtape/trace'
import fc from 'fast-check'

/** A small random program within one turn of the event loop: only microtasks decide the order. */
export type Quick =
  | { readonly step: 'call' | 'failing' | 'nested' | 'untraced'; readonly hops: number }
  | { readonly step: 'then'; readonly depth: number; readonly work: Quick }
  | { readonly step: 'sequence' | 'race' | 'all' | 'any' | 'group'; readonly parts: readonly Quick[] }

const hops = fc.integer({ min: 0, max: 6 })

export const quickPrograms: fc.Arbitrary<Quick> = fc.letrec<{ part: Quick; many: Quick }>(tie => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    {
      arbitrary: fc.record({ step: fc.constantFrom('call', 'failing', 'nested', 'untraced'), hops }),
      weight: 5,
    },
    {
      arbitrary: fc.record({
        step: fc.constant('then'),
        depth: fc.integer({ min: 1, max: 4 }),
        work: tie('part'),
      }),
      weight: 2,
    },
    { arbitrary: tie('many'), weight: 3 },
  ) as fc.Arbitrary<Quick>,
  many: fc.record({
    step: fc.constantFrom('sequence', 'race', 'all', 'any', 'group'),
    parts: fc.array(tie('part'), { minLength: 2, maxLength: 4 }),
  }) as fc.Arbitrary<Quick>,
})).many

async function hop(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await null
}

/** The program as a traced function; its result is the winner, and the events in order. */
export function quickProgram(program: Quick, { traced }: Tracer): () => Promise<unknown> {
  let drawn = 0
  const call = traced('call', { mockOnReplay: true }, async (count: number) => {
    await hop(count)
    return `call ${drawn++}`
  })
  const failing = traced('failing', { mockOnReplay: true }, async (count: number) => {
    await hop(count)
    throw new RangeError(`failing ${drawn++}`)
  })
  const nested = traced('nested', { mockOnReplay: true }, (count: number) =>
    Promise.resolve(count)
      .then(hop)
      .then(async () => `nested ${drawn++}`),
  )
  // Its output contains its events, so that its mocked answer has them too.
  const group = traced('group', async (_count: number, { of: parts }: { of: readonly Quick[] }) => {
    const list: string[] = []
    await Promise.all(parts.map(part => perform(part, list)))
    return list.join()
  })
  async function perform(part: Quick, list: string[]): Promise<string> {
    const came = (text: string) => {
      list.push(text)
      return text
    }
    switch (part.step) {
      case 'call':
        return call(part.hops).then(came)
      case 'failing':
        return came(await failing(part.hops).catch(String))
      case 'nested':
        return came(await nested(part.hops))
      case 'untraced':
        await hop(part.hops)
        return came('untraced')
      case 'then': {
        let work = perform(part.work, list)
        for (let depth = 0; depth < part.depth; depth++) work = work.then(text => `${text}'`)
        return work
      }
      case 'sequence': {
        let last = ''
        for (const each of part.parts) last = await perform(each, list)
        return last
      }
      case 'group':
        return came(await group(part.parts.length, hidden(part.parts)))
      case 'all':
        return (await Promise.all(part.parts.map(each => perform(each, list)))).join()
      case 'race':
        return Promise.race(part.parts.map(each => perform(each, list)))
      case 'any':
        return Promise.any(part.parts.map(each => perform(each, list)))
    }
  }
  return traced('root', async () => {
    const list: string[] = []
    const result = await perform(program, list)
    return [result, [...list]]
  })
}

/** An input that hides its content. */
const hidden = (of: readonly Quick[]): { of: readonly Quick[] } =>
  Object.defineProperty({}, 'of', { value: of }) as { of: readonly Quick[] }
