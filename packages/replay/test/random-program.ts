import type { Tracer } from '@runtape/trace'
import fc from 'fast-check'
import { ticks } from './tape.ts'

/**
 * A small random program. Only the recording has the value of a marked leaf, so that a replay that runs the leaf, or
 * serves another output, returns another result. Live calls take time and mocked answers do not, so concurrent
 * branches would finish in another order if the answers did not keep the recorded one.
 */
export interface Program {
  /**
   * With races, each asynchronous call takes at least one turn of the event loop: within a turn the order of two
   * promises depends on the promise chains around them, which are not on the tape.
   */
  readonly races: boolean
  readonly start: Group
}

type Part = Leaf | Recursion | Branches | Group

interface Leaf {
  readonly step: (typeof leafSteps)[number]
  readonly input: number
  readonly marked: boolean
  /** Duration in turns of the event loop. */
  readonly ticks: number
  /** For a stream: the number of chunks read; 3 is all of them. */
  readonly read: number
}

interface Recursion {
  readonly step: 'recursion'
  readonly depth: number
  readonly width: number
  readonly marked: boolean
}

/** Calls of one function in concurrent branches; each branch makes its calls sequentially. */
interface Branches {
  readonly step: 'branches'
  /** The durations of the calls of each branch, in turns of the event loop. */
  readonly ticks: readonly (readonly number[])[]
  readonly marked: boolean
}

interface Group {
  readonly step: (typeof groupSteps)[number]
  readonly children: readonly Part[]
  readonly marked: boolean
  /** If false, the group has no span, and its children belong to the enclosing call. */
  readonly traced: boolean
}

const leafSteps = [
  'leaf',
  'draw',
  'sync-leaf',
  'throwing-leaf',
  'sync-throwing-leaf',
  'flaky',
  'chunks',
  'sync-chunks',
  'broken-chunks',
] as const
const calmSteps = ['sequence', 'settled', 'all-settled', 'staggered', 'timers', 'caught', 'retry'] as const
const raceSteps = ['all', 'race', 'any'] as const
const groupSteps = [...calmSteps, ...raceSteps]

const leaf: fc.Arbitrary<Leaf> = fc.record({
  step: fc.constantFrom(...leafSteps),
  // Few inputs, so that many calls are equal.
  input: fc.integer({ min: 0, max: 2 }),
  marked: fc.boolean(),
  ticks: fc.integer({ min: 0, max: 4 }),
  read: fc.integer({ min: 1, max: 4 }),
})

const recursion: fc.Arbitrary<Recursion> = fc.record({
  step: fc.constant('recursion' as const),
  depth: fc.integer({ min: 0, max: 3 }),
  width: fc.integer({ min: 1, max: 2 }),
  marked: fc.boolean(),
})

const branches: fc.Arbitrary<Branches> = fc.record({
  step: fc.constant('branches' as const),
  ticks: fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), { minLength: 2, maxLength: 3 }),
  marked: fc.boolean(),
})

const groups = (steps: readonly Group['step'][]): fc.Arbitrary<Group> =>
  fc.letrec<{ part: Part; group: Group }>(tie => ({
    part: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { arbitrary: leaf, weight: 4 },
      { arbitrary: recursion, weight: 1 },
      { arbitrary: branches, weight: 2 },
      { arbitrary: tie('group'), weight: 4 },
    ),
    group: fc.record({
      step: fc.constantFrom(...steps),
      children: fc.array(tie('part'), { maxLength: 4 }),
      // Most run as real code, so that their descendants are matched.
      marked: fc.oneof(
        { arbitrary: fc.constant(false), weight: 3 },
        { arbitrary: fc.constant(true), weight: 1 },
      ),
      traced: fc.boolean(),
    }),
  })).group

export const programs: fc.Arbitrary<Program> = fc.oneof(
  fc.record({ races: fc.constant(false), start: groups(calmSteps) }),
  fc.record({ races: fc.constant(true), start: groups(groupSteps) }),
)

/** A program as traced functions. */
export interface RunnableProgram {
  readonly root: () => Promise<unknown>
  /** The names of the calls that really ran. */
  readonly ran: string[]
  /** Resolves when the losers of all races have ended. */
  readonly losers: () => Promise<void>
}

export function runProgram({ races, start }: Program, tracer: Tracer): RunnableProgram {
  const ran: string[] = []
  const started: Promise<unknown>[] = []
  let count = 0
  const value = (node: { marked: boolean }) => (node.marked ? count++ : 'always')

  // One function for all callers.
  const draw = tracer.traced('draw', { mockOnReplay: true }, async (input: number, _where: string) => {
    ran.push('marked-draw')
    await ticks(1 + ((count * 7) % 4))
    return { draw: count++, input }
  })

  /**
   * `where` distinguishes branches in which the program itself waits for timers: their duration is not on the tape, so
   * calls with equal input could be made in another order.
   */
  const perform = (node: Part, where: string): Promise<unknown> => {
    if (node.step === 'draw') return draw(node.input, where)
    if (node.step === 'branches') return performBranches(node, where)
    if ('children' in node) return node.traced ? inSpan(node, where) : performGroup(node, where)
    return inSpan(node, where)
  }

  const inSpan = async (node: Exclude<Part, Branches>, where: string): Promise<unknown> => {
    const options = { name: nameOf(node), mockOnReplay: node.marked }
    const trace = <T>(body: () => T) =>
      tracer.traced('step', options, (_input: number, _where: string) => body())
    // Many calls have the same input, so that only their order distinguishes them.
    if ('children' in node)
      return trace(() => takingATurn(performGroup(node, '')))(node.children.length, where)
    if (node.step === 'recursion') return recurse(node)(node.depth, where)
    if (node.step === 'sync-chunks')
      return readChunks(trace(() => syncChunks(node))(node.input, where), node.read)
    if (node.step.endsWith('chunks'))
      return readChunks(trace(() => chunks(node))(node.input, where), node.read)
    if (node.step.startsWith('sync')) return trace(() => sync(node))(node.input, where)
    return trace(async () => performLeaf(node))(node.input, where)
  }

  const takingATurn = async (result: Promise<unknown>) => {
    try {
      return await result
    } finally {
      if (races) await ticks(1)
    }
  }

  const performLeaf = async (node: Leaf): Promise<unknown> => {
    ran.push(nameOf(node))
    const time = races ? Math.max(node.ticks, 1) : node.ticks
    if (time > 0) await ticks(time)
    if (node.step === 'throwing-leaf') throw failure(node)
    // A marked call succeeds the second time; an unmarked one must behave the same each time.
    if (node.step === 'flaky' && node.marked && count++ % 2 === 0) throw failure(node)
    return { leaf: value(node), at: new Map([[node.input, new Date(7)]]) }
  }

  const failure = (node: Leaf) => Object.assign(new RangeError(`leaf ${value(node)}`), { input: node.input })

  const sync = (node: Leaf) => {
    ran.push(nameOf(node))
    if (node.step === 'sync-throwing-leaf') throw failure(node)
    return [value(node), node.step]
  }

  async function* chunks(node: Leaf) {
    ran.push(nameOf(node))
    for (let index = 0; index < 3; index++) {
      await ticks((index * node.ticks) % 3)
      if (index === 2 && node.step === 'broken-chunks') throw failure(node)
      yield [value(node), await draw(index, '')]
    }
    return 'end'
  }

  function* syncChunks(node: Leaf) {
    ran.push(nameOf(node))
    for (let index = 0; index < 3; index++) yield value(node)
    return 'end'
  }

  const recurse = (node: Recursion) => {
    const self = tracer.traced(
      'recursion',
      { mockOnReplay: node.marked },
      async (depth: number, _where: string): Promise<unknown> => {
        ran.push(nameOf(node))
        const own = await draw(depth, '')
        if (depth === 0) return own
        return [own, await settledAll(Array.from({ length: node.width }, () => self(depth - 1, '')))]
      },
    )
    return self
  }

  const performBranches = ({ ticks: times, ...node }: Branches, where: string) =>
    Promise.all(
      times.map(async own => {
        const results: unknown[] = []
        for (const time of own) {
          const leaf = { ...node, step: 'leaf', ticks: time, input: 0, read: 0 } as const
          results.push(await inSpan(leaf, where))
        }
        return results
      }),
    )

  const performGroup = async (group: Group, where: string): Promise<unknown> => {
    const { step, children } = group
    const inSequence = async () => {
      const results: unknown[] = []
      for (const child of children) results.push(await perform(child, where))
      return results
    }
    const atOnce = (wait: (index: number) => Promise<unknown> | undefined = () => undefined) =>
      children.map((child, index) => {
        const branch = async () => {
          const delay = canBeHeld(child) ? wait(index) : undefined
          if (delay) await delay
          return perform(child, waitsForTimers(group) ? `${where}/${index}` : where)
        }
        const result = branch()
        started.push(result)
        return result
      })
    switch (step) {
      case 'sequence':
        return inSequence()
      case 'all':
        return Promise.all(atOnce())
      case 'all-settled':
        return settledAll(atOnce())
      case 'staggered':
        return settledAll(atOnce(index => ticks(1 + ((index * 5) % 3))))
      case 'timers':
        return settledAll(atOnce(index => milliseconds((index * 7) % 4)))
      case 'race':
        return children.length === 0 ? 'nobody' : Promise.race(atOnce())
      case 'any':
        return Promise.any(atOnce())
      case 'settled':
        return (await Promise.allSettled(atOnce())).map(plain)
      case 'caught':
        return caught(inSequence)
      case 'retry':
        return inSequence().catch(() => caught(inSequence))
    }
  }

  const root = tracer.traced('root', async () => perform(start, ''))
  const losers = async () => {
    // It grows during the iteration.
    for (const branch of started) await branch.catch(() => {})
    started.length = 0
  }
  return { root, ran, losers }
}

const nameOf = ({ marked, step }: Part) => (marked ? `marked-${step}` : step)

/** Whether the replay can delay this part to keep the recorded order: only asynchronous calls can wait. */
const canBeHeld = (node: Part): boolean => {
  if (node.step === 'branches') return node.ticks.every(own => own.length > 0)
  if (!('children' in node)) return !node.step.startsWith('sync')
  return node.traced || (node.children.length > 0 && node.children.every(canBeHeld))
}

/** Whether an untraced part waits for timers; the end of a traced part is on the tape. */
const waitsForTimers = (node: Part): boolean => {
  if (!('children' in node)) return false
  const { step, children } = node
  return (
    step === 'timers' ||
    step === 'staggered' ||
    children.some(child => !isTraced(child) && waitsForTimers(child))
  )
}

const isTraced = (node: Part) => 'traced' in node && node.traced

const milliseconds = (count: number) => new Promise(resolve => setTimeout(resolve, count))

// Waits for all, and throws the first error in list order.
async function settledAll(children: readonly Promise<unknown>[]): Promise<unknown[]> {
  const all = await Promise.allSettled(children)
  for (const each of all) if (each.status === 'rejected') throw each.reason
  return all.map(plain)
}

async function readChunks(
  chunks: AsyncIterable<unknown> | Iterable<unknown>,
  most: number,
): Promise<unknown> {
  const read: unknown[] = []
  for await (const chunk of chunks) {
    read.push(chunk)
    if (read.length === most) break
  }
  return read
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
