import pg from 'pg'
import type { PgPool } from '../src/index.ts'

/** A query that the store sent. */
export interface Sent {
  readonly text: string
  readonly values?: unknown[]
}

/** A step of a plan. */
export interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Plan[]
}

/** Shows how the server runs the queries of a store. */
export class Plans {
  readonly sent: Sent[] = []
  readonly pool: pg.Pool
  readonly #schema: string

  constructor(connectionString: string, schema: string) {
    this.pool = new pg.Pool({ connectionString, max: 2 })
    this.#schema = schema
  }

  /** For the store: its queries that read are noted. */
  get noting(): PgPool {
    return {
      connect: async () => {
        const client = await this.pool.connect()
        return {
          query: query => {
            if (/^\s*\(?(SELECT|WITH)/.test(query.text) && query.text.includes(this.#schema))
              this.sent.push(query)
            return client.query(query as pg.QueryConfig)
          },
          on: (event, listener) => client.on(event, listener),
          off: (event, listener) => client.off(event, listener),
          release: destroy => client.release(destroy as Error),
        }
      },
      end: async () => {},
    }
  }

  /**
   * The steps of the plans of all queries that `read` sends.
   *
   * @param settings of the planner
   */
  async stepsOf(read: () => Promise<unknown>, settings: readonly string[] = []): Promise<Plan[]> {
    this.sent.length = 0
    await read()
    const queries = [...this.sent]
    const client = await this.pool.connect()
    try {
      await client.query('BEGIN')
      for (const setting of settings) await client.query(`SET LOCAL ${setting}`)
      const steps: Plan[] = []
      for (const { text, values } of queries) {
        const explain = { text: `EXPLAIN (FORMAT JSON) ${text}`, values: values ?? [] }
        const { rows } = await client.query(explain as pg.QueryConfig)
        steps.push(...nodesOf(rows[0]['QUERY PLAN'][0].Plan))
      }
      return steps
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  }
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

const tables = [
  'runs',
  'run_events',
  'spans',
  'payloads',
  'event_prices',
  'items',
  'reviews',
  'cohort_entries',
]

/** The tables that are read as a whole. */
export const scansOf = (steps: readonly Plan[]): string[] =>
  steps
    .filter(step => step['Node Type'] === 'Seq Scan' && tables.includes(step['Relation Name'] ?? ''))
    .map(step => `reads all of ${step['Relation Name']}`)
