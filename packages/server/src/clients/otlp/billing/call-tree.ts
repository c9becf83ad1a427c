import type { TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import { mayBeSame, type ToldCall } from './told-calls.ts'
import { most } from './usage-join.ts'

/** Calls with one answer, or a call without. */
interface Unit {
  /** The most that one of its calls says. */
  own: TokenUsage | undefined
  parent: Unit | undefined
  readonly children: Unit[]
  /** Tokens of it and all below. */
  all: TokenUsage | undefined
  /** Whether something above says tokens, which are also those of this. */
  isWithinKnown: boolean
  /** For the search of its tree. */
  joined: Unit | undefined
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
  link(calls, units)
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
  const [units, byAnswer] = [new Map<ToldCall, Unit>(), new Map<string, Unit>()]
  for (const call of calls) {
    const unit = (call.answer !== undefined && byAnswer.get(call.answer)) || newUnit()
    if (call.answer !== undefined) byAnswer.set(call.answer, unit)
    unit.own = most(unit.own, call.usage)
    units.set(call, unit)
  }
  return units
}

const newUnit = (): Unit => ({
  ...{ own: undefined, parent: undefined, children: [], all: undefined, isWithinKnown: false },
  joined: undefined,
})

/** In the order of ids, so that the order of arrival decides nothing. Spans can be in a circle: what would close it is left out. */
function link(calls: readonly ToldCall[], units: ReadonlyMap<ToldCall, Unit>): void {
  const bySpan = new Map(calls.map(call => [call.spanId, call]))
  for (const call of calls.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))) {
    const above = bySpan.get(call.parent)
    if (above === undefined || !mayBeSame(call, above)) continue
    const [unit, parent] = [units.get(call), units.get(above)]
    if (!unit || !parent || unit.parent || topOf(parent) === topOf(unit)) continue
    unit.parent = parent
    parent.children.push(unit)
    topOf(unit).joined = topOf(parent)
  }
}

/** Any unit that stands for the tree. Halves the way, so that long chains cost no more than others. */
function topOf(unit: Unit): Unit {
  let top = unit
  while (top.joined !== undefined) {
    top.joined = top.joined.joined ?? top.joined
    top = top.joined
  }
  return top
}

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
