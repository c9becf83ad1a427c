import { fileURLToPath } from 'node:url'

const home = new URL('../', import.meta.url)
const here = (name: string) => fileURLToPath(new URL(name, home))
const { env } = process

/** Where this process reads and writes. Every part has a default; the demo and the tests choose others. */
export const settings = {
  tickets: here('tickets.json'),
  orders: here('orders.json'),
  configs: env.SUPPORT_DESK_CONFIGS ?? here('ai-configs.json'),
  nextConfigs: env.SUPPORT_DESK_NEXT_CONFIGS ?? here('ai-configs.next.json'),
  folder: env.SUPPORT_DESK_FOLDER ?? here('.runtape'),
  auditLog: env.SUPPORT_DESK_AUDIT_LOG,
}
