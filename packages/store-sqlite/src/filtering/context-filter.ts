import { type Condition, matches } from '@runtape/core/filter'
import { attributeTexts } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

type Attribute = Extract<Condition, { kind: 'matches' }>

/** Most runs of an application have a few different sets of attributes. */
const mostKnown = 4096

/** Runs by what their attributes alone say. Other runs do not match. */
interface Decided {
  /** All contexts of these runs match. */
  readonly sure: readonly number[]
  /** Their events have different contexts, and the first one decides. */
  readonly unsure: readonly number[]
}

/** Applies conditions on attributes: reads only the attributes of the events of a run. */
export class ContextFilter {
  readonly #database: Database
  readonly #conditions: readonly Attribute[]
  readonly #eventId: number
  /** Whether attributes match, by their JSON. */
  readonly #known = new Map<string, boolean>()

  constructor(database: Database, conditions: readonly Attribute[], eventId: number) {
    this.#database = database
    this.#conditions = conditions
    this.#eventId = eventId
  }

  /** Whether these are all conditions of a filter. */
  isAllOf(conditions: readonly Condition[]): boolean {
    return this.#conditions.length === conditions.length
  }

  among(ids: readonly number[]): Decided {
    const rows = this.#database.all<{ id: number; more: string | null }>(
      `SELECT DISTINCT runs.id, event.context_more_json AS more
       FROM runs CROSS JOIN run_events AS event ON event.run_id = runs.run_id
       WHERE runs.id IN (SELECT value FROM json_each(?)) AND event.replay_trace_id = ''
         AND event.context_kind IS NOT NULL AND event.id <= ?`,
      JSON.stringify(ids),
      this.#eventId,
    )
    const [sure, others] = [new Set<number>(), new Set<number>()]
    for (const { id, more } of rows) (more !== null && this.#isMatch(more) ? sure : others).add(id)
    return { sure: [...sure].filter(id => !others.has(id)), unsure: [...sure].filter(id => others.has(id)) }
  }

  #isMatch(json: string): boolean {
    const known = this.#known.get(json)
    if (known !== undefined) return known
    const context = JSON.parse(json) as Record<string, unknown>
    const texts = (field: string) => attributeTexts(context, field.slice('context.'.length))
    const isMatch = matches(this.#conditions, { texts, amount: () => undefined, has: () => false })
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(json, isMatch)
    return isMatch
  }
}

/** `undefined` if the filter demands no attribute. */
export function contextFilter(
  database: Database,
  conditions: readonly Condition[],
  eventId: number,
): ContextFilter | undefined {
  const demanded = conditions.filter(
    (condition): condition is Attribute =>
      condition.kind === 'matches' && !condition.isNegated && condition.field.startsWith('context.'),
  )
  return demanded.length > 0 ? new ContextFilter(database, demanded, eventId) : undefined
}
