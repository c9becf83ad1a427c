/** SQL text with its parameters. */
export class Sql {
  readonly texts: readonly string[]
  readonly values: readonly unknown[]

  /** @param texts one more than `values`, which belong between them */
  constructor(texts: readonly string[], values: readonly unknown[] = []) {
    this.texts = texts
    this.values = values
  }

  /** The text with numbered parameters. */
  get text(): string {
    return this.texts.reduce((text, next, index) => `${text}$${index}${next}`)
  }
}

/**
 * SQL from a template. Values become parameters, other `Sql` becomes part of the text. A table is named `@table`; the
 * database adds its schema.
 *
 * @example
 * ```ts
 * const isOfRun = sql`run_id = ${runId}`
 * await database.rows(sql`SELECT record FROM @run_events WHERE ${isOfRun} ORDER BY id`)
 * ```
 */
export function sql(texts: TemplateStringsArray, ...parts: readonly unknown[]): Sql {
  const all = [texts[0] ?? '']
  const values: unknown[] = []
  const extend = (text: string | undefined) => {
    all[all.length - 1] += text ?? ''
  }
  for (const [index, part] of parts.entries()) {
    if (part instanceof Sql) {
      extend(part.texts[0])
      all.push(...part.texts.slice(1))
      values.push(...part.values)
      extend(texts[index + 1])
    } else {
      values.push(part)
      all.push(texts[index + 1] ?? '')
    }
  }
  return new Sql(all, values)
}

/** SQL text without parameters, such as the name of a column. Never pass a text of a user. */
export const raw = (text: string): Sql => new Sql([text])

/** The parts that are defined, with the separator between them. */
export function joined(parts: readonly (Sql | undefined)[], separator: string): Sql {
  const [first, ...others] = parts.filter(part => part !== undefined)
  if (first === undefined) return raw('')
  return others.reduce((all, part) => sql`${all}${raw(separator)}${part}`, first)
}

/** All conditions hold. Without any, it is true. */
export const allOf = (conditions: readonly (Sql | undefined)[]): Sql => {
  const given = conditions.filter(condition => condition !== undefined)
  return given.length === 0 ? raw('true') : joined(given, ' AND ')
}
