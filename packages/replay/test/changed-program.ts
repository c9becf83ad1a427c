import type { Tracer } from '@runtape/trace'
import fc from 'fast-check'
import { ticks } from './tape.ts'

/** A program of mocked calls, each with its own input, in groups that run as real code. */
export interface Plan {
  readonly isConcurrent: boolean
  readonly calls: readonly (Leaf | Plan)[]
}

interface Leaf {
  readonly key: 'look' | 'send'
  readonly input: number
  readonly ticks: number
}

export type ChangeKind = 'added' | 'removed' | 'reordered' | 'changed'

export interface ChangedPlan {
  readonly plan: Plan
  readonly kind: ChangeKind
  /** The position of the changed call, as a fraction of all calls: from 0 to 1. */
  readonly where: number
}

const leaf = fc.record({
  key: fc.constantFrom('look' as const, 'send' as const),
  input: fc.constant(0),
  ticks: fc.integer({ min: 0, max: 3 }),
})

const { plan } = fc.letrec<{ plan: Plan }>(tie => ({
  plan: fc.record({
    isConcurrent: fc.boolean(),
    calls: fc.array(
      fc.oneof(
        { maxDepth: 2 },
        { arbitrary: leaf as fc.Arbitrary<Leaf | Plan>, weight: 3 },
        { arbitrary: tie('plan') as fc.Arbitrary<Leaf | Plan>, weight: 1 },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  }),
}))

export const changedPlans: fc.Arbitrary<ChangedPlan> = fc.record({
  plan,
  kind: fc.constantFrom('added', 'removed', 'reordered', 'changed'),
  where: fc.double({ min: 0, max: 0.999, noNaN: true }),
})

/** The plan with unique inputs. */
export function numbered(plan: Plan): Plan {
  let next = 0
  const number = ({ calls, ...rest }: Plan): Plan => ({
    ...rest,
    calls: calls.map(call => ('calls' in call ? number(call) : { ...call, input: next++ })),
  })
  return number(plan)
}

export interface Change {
  readonly plan: Plan
  /** The inputs of the affected calls. */
  readonly inputs: readonly number[]
  readonly key: string
}

/** The plan with one call added, removed, changed or swapped with its neighbour; `undefined` if impossible. */
export function change(plan: Plan, kind: ChangeKind, where: number): Change | undefined {
  const leaves = leavesOf(plan).filter(({ group, at }) => kind !== 'reordered' || isLeaf(group.calls[at + 1]))
  const chosen = leaves[Math.floor(where * leaves.length)]
  if (!chosen) return undefined
  const { group, at } = chosen
  const call = group.calls[at] as Leaf
  const next = group.calls[at + 1] as Leaf
  const calls = [...group.calls]
  if (kind === 'added') calls.splice(at, 0, { ...call, input: 1000 })
  if (kind === 'removed') calls.splice(at, 1)
  if (kind === 'changed') calls[at] = { ...call, input: 1000 }
  if (kind === 'reordered') calls.splice(at, 2, next, call)
  const inputs = kind === 'added' ? [1000] : kind === 'reordered' ? [call.input, next.input] : [call.input]
  return { plan: replaced(plan, group, { ...group, calls }), inputs, key: call.key }
}

const isLeaf = (call: Leaf | Plan | undefined): call is Leaf => call !== undefined && !('calls' in call)

function leavesOf(group: Plan): { group: Plan; at: number }[] {
  return group.calls.flatMap((call, at) => (isLeaf(call) ? [{ group, at }] : leavesOf(call)))
}

function replaced(plan: Plan, from: Plan, to: Plan): Plan {
  if (plan === from) return to
  return { ...plan, calls: plan.calls.map(call => (isLeaf(call) ? call : replaced(call, from, to))) }
}

export function runPlan(current: () => Plan, tracer: Tracer): () => Promise<unknown> {
  const leaves = Object.fromEntries(
    (['look', 'send'] as const).map(key => [
      key,
      tracer.traced(key, { mockOnReplay: true }, async (input: number, time: number) => {
        await ticks(time)
        return { of: input }
      }),
    ]),
  )
  const group = tracer.traced('group', async (_place: string, plan: { of: Plan }) => {
    // No output: it would differ in every ancestor of the changed call.
    await perform(plan.of)
  })
  const perform = async ({ isConcurrent, calls }: Plan): Promise<unknown> => {
    const make = (call: Leaf | Plan) =>
      isLeaf(call) ? leaves[call.key]?.(call.input, call.ticks) : group('', hidden(call))
    if (isConcurrent) return Promise.all(calls.map(make))
    const results: unknown[] = []
    for (const call of calls) results.push(await make(call))
    return results
  }
  return tracer.traced('root', async () => perform(current()))
}

/** An input that hides the plan, so that a change in a group does not change the group's own input. */
const hidden = (of: Plan): { of: Plan } => Object.defineProperty({}, 'of', { value: of }) as { of: Plan }
