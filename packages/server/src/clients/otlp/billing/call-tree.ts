import type { TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { SameCalls } from './same-calls.ts'
import type { ToldCall } from './told-calls.ts'
import { most } from './usage-join.ts'

/** What all its spans say of a call. */
interface Unit {
  /** The most that one of them says. */
  own: TokenUsage | undefined
  parent: Unit | undefined
  readonly children: Unit[]
  /** Tokens of it and all below. */
  all: TokenUsage | undefined
  /** Whether something above says tokens, which are also those of this. */
  isWithinKnown: boolean
}

/** What related calls used, all together. */
export interface CallTree {
  /** Of a call, the most that it says or that the calls below it add up to: it may tell of several. */
  readonly usage: TokenUsage | undefined
  /** Whether some span says the tokens of this call. */
  isKnown(call: ToldCall): boolean
}

export function callTree(calls: readonly ToldCall[]): CallTree {
  const units = unitsOf(calls)
  const sorted = parentsFirst(new Set(units.values()))
  for (const unit of sorted)
    unit.isWithinKnown =
      unit.parent !== undefined && (unit.parent.isWithinKnown || unit.parent.own !== undefined)
  for (const unit of sorted.toReversed()) unit.all = most(unit.own, sumOf(unit.children))
  return {
    usage: sumOf(sorted.filter(({ parent }) => parent === undefined)),
    isKnown: call => {
      const unit = units.get(call)
      return unit !== undefined && (unit.isWithinKnown || unit.all !== undefined)
    },
  }
}

function unitsOf(calls: readonly ToldCall[]): Map<ToldCall, Unit> {
  const [same, units, made] = [new SameCalls(calls), new Map<ToldCall, Unit>(), new Map<ToldCall, Unit>()]
  for (const call of calls) {
    const unit = made.get(same.of(call)) ?? newUnit()
    made.set(same.of(call), unit)
    units.set(call, unit)
    unit.own = most(unit.own, call.usage)
  }
  for (const [call, unit] of made) {
    const above = same.above(call)
    unit.parent = above && made.get(above)
    unit.parent?.children.push(unit)
  }
  return units
}

const newUnit = (): Unit => ({
  own: undefined,
  parent: undefined,
  children: [],
  all: undefined,
  isWithinKnown: false,
})

function parentsFirst(units: ReadonlySet<Unit>): Unit[] {
  const sorted = [...units].filter(({ parent }) => parent === undefined)
  for (const unit of sorted) sorted.push(...unit.children)
  return sorted
}

function sumOf(units: readonly Unit[]): TokenUsage | undefined {
  let sum: TokenUsage | undefined
  for (const { all } of units) sum = sum && all ? addUsage(sum, all) : (sum ?? all)
  return sum
}
