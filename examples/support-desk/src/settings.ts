import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = new URL('../', import.meta.url)
const here = (name: string) => fileURLToPath(new URL(name, home))
const { env } = process

const folder = env.SUPPORT_DESK_FOLDER ?? here('.runtape')

/** Where this process reads and writes. Every part has a default; the demo and the tests choose others. */
export const settings = {
  /** `openai`, `bedrock` or `anthropic`. */
  provider: env.SUPPORT_DESK_PROVIDER ?? 'openai',
  tickets: here('tickets.json'),
  orders: here('orders.json'),
  configs: env.SUPPORT_DESK_CONFIGS ?? here('ai-configs.json'),
  nextConfigs: env.SUPPORT_DESK_NEXT_CONFIGS ?? here('ai-configs.next.json'),
  folder,
  database: join(folder, 'support-desk.db'),
  /** The address of a Postgres server, instead of the file. */
  postgres: env.SUPPORT_DESK_POSTGRES,
  /** The address of a Runtape server, instead of either, and a key of it. */
  server: env.SUPPORT_DESK_SERVER,
  key: env.SUPPORT_DESK_KEY,
  /** The schema with the tables in that database. */
  schema: 'support_desk',
  /** Where run events wait for that server. */
  outbox: env.SUPPORT_DESK_OUTBOX ?? join(folder, 'outbox.db'),
  /** The file with one line per refund. */
  ledger: join(folder, 'refunds.ndjson'),
  /** The file with one line per sent answer. */
  sent: join(folder, 'sent.ndjson'),
  /** The HTML report of the last replay act. */
  report: join(folder, 'report.html'),
  /** The audit log of the crash act's process. */
  crashLog: join(folder, 'crash-audit.ndjson'),
  /** What each of several desks keeps beside the application. */
  ownOutbox: (desk: number) => join(folder, `desk-${desk}-outbox.db`),
  ownLog: (desk: number) => join(folder, `desk-${desk}-audit.ndjson`),
  auditLog: env.SUPPORT_DESK_AUDIT_LOG,
}
