/** Kind of the values of a field. */
export type FieldKind = 'word' | 'text' | 'money' | 'count' | 'duration' | 'number' | 'time'

export interface Field {
  readonly kind: FieldKind
  /** The only values of a `word`. */
  readonly words?: readonly string[]
}

const text: Field = { kind: 'text' }
const count: Field = { kind: 'count' }
const duration: Field = { kind: 'duration' }
const time: Field = { kind: 'time' }
const word = (...words: string[]): Field => ({ kind: 'word', words })

/** Every field of filters; `context.<attribute>` and `score.<name>` stand for one field each. */
export const fields = {
  status: word('success', 'error', 'cancelled', 'unfinished'),
  feedback: word('positive', 'negative', 'none'),
  reviewed: word('yes', 'no'),
  config: text,
  variation: text,
  version: text,
  model: text,
  provider: text,
  user: text,
  session: text,
  tag: text,
  key: text,
  tool: text,
  error: text,
  run: text,
  trace: text,
  cohort: text,
  cost: { kind: 'money' },
  tokens: count,
  in: count,
  out: count,
  cached: count,
  duration,
  ttft: duration,
  since: time,
  until: time,
} as const satisfies Readonly<Record<string, Field>>

/** The field of this name, if there is one. */
export function fieldNamed(name: string): Field | undefined {
  if (Object.hasOwn(fields, name)) return fields[name as keyof typeof fields]
  if (name.startsWith('context.')) return text
  return name.startsWith('score.') ? { kind: 'number' } : undefined
}
