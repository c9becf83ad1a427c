import type pg from 'pg'
import type { PgPool } from '../src/index.ts'

/** A step of a plan. */
export interface PlanStep {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly PlanStep[]
}

/** A pool that asks the server, before each query that reads, how it will be answered. */
export class ExplainedPool implements PgPool {
  /** The steps of the plans of all queries. */
  steps: PlanStep[] = []
  readonly #real: pg.Pool
  readonly #reads: RegExp

  /** @param reads the queries that are explained */
  constructor(real: pg.Pool, reads: RegExp) {
    this.#real = real
    this.#reads = reads
  }

  async connect() {
    const client = await this.#real.connect()
    const explain = async (query: pg.QueryConfig): Promise<void> => {
      const { rows } = await client.query({ ...query, text: `EXPLAIN (FORMAT JSON) ${query.text}` })
      this.steps.push(...stepsOf(rows[0]['QUERY PLAN'][0].Plan))
    }
    return {
      query: async (query: unknown) => {
        const { text, values } = query as pg.QueryConfig
        if (this.#reads.test(text)) await explain({ text, ...(values && { values }) })
        return client.query(query as pg.QueryConfig)
      },
      on: (event: 'error', listener: (error: Error) => void) => client.on(event, listener),
      off: (event: 'error', listener: (error: Error) => void) => client.off(event, listener),
      release: (destroy?: Error | boolean) => client.release(destroy),
    }
  }

  async end(): Promise<void> {}
}

const stepsOf = (plan: PlanStep): PlanStep[] => [plan, ...(plan.Plans ?? []).flatMap(stepsOf)]
