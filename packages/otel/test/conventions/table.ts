import { eventNames, metricNames, spanNames } from './names.ts'
import { type Observed, observe } from './observe.ts'
import { programs } from './programs.ts'

/** What each program emits. */
export async function observeAll(): Promise<Readonly<Record<string, Observed>>> {
  const all: Record<string, Observed> = {}
  for (const [name, program] of Object.entries(programs)) all[name] = await observe(program)
  return all
}

/** The lines of the table of docs/opentelemetry.md. */
export function tableLines(observed: Readonly<Record<string, Observed>>): string[] {
  const columns = Object.keys(observed)
  const rows = (names: Readonly<Record<string, string>>, kind: 'attributes' | 'metrics' | 'events') =>
    Object.entries(names).map(([name, reason]) => {
      const seen = columns.filter(column => observed[column]?.[kind].has(name))
      return `| \`${name}\` | ${seen.join(', ') || 'no'} | ${reason} |`
    })
  const head = (what: string) => [`| ${what} | emitted for | if not, why |`, '|---|---|---|']
  return [
    ...[...head('Attribute of spans'), ...rows(spanNames, 'attributes')],
    ...['', ...head('Metric'), ...rows(metricNames, 'metrics')],
    ...['', ...head('Event'), ...rows(eventNames, 'events')],
  ]
}
