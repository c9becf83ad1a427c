/** The rest of a sentence that starts with the path of a value, or `undefined`. */
export type Check = (value: unknown) => string | undefined

export const must = (is: (value: unknown) => boolean, be: string): Check => {
  const words = ` must be ${be}`
  return value => (is(value) ? undefined : `${words} (got ${shown(value)})`)
}

export const text = must(value => typeof value === 'string', 'a text')
export const someText = must(value => typeof value === 'string' && value !== '', 'a non-empty string')
export const flag = must(value => typeof value === 'boolean', 'true or false')
export const finite = must(Number.isFinite, 'a finite number')
export const milliseconds = must(value => Number.isFinite(value) && (value as number) >= 0, '0 ms or more')
export const whole = must(Number.isSafeInteger, 'a whole number below 2^53')
export const count = must(
  value => Number.isSafeInteger(value) && (value as number) >= 0,
  'a whole number, 0 or more, below 2^53',
)
export const hex = (digits: number): Check => {
  const pattern = new RegExp(`^[0-9a-f]{${digits}}$`)
  return must(value => typeof value === 'string' && pattern.test(value), `${digits} lower-case hex digits`)
}
export const oneOf = (words: readonly string[]): Check =>
  must(value => words.includes(value as string), `one of ${words.join(', ')}`)
export const primitive = must(
  value => typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
  'a string, a finite number, true or false',
)
export const plain = must(isPlain, 'an object of plain data')

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return (value as { toJSON?: unknown }).toJSON === undefined
}

/** An object with these fields; the second ones are optional. Other fields are ignored. */
export function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const needed = Object.keys(required)
  const names = [...needed, ...Object.keys(optional)]
  const checks = [...Object.values(required), ...Object.values(optional)]
  return value => {
    if (!isPlain(value)) return plain(value)
    for (let at = 0; at < names.length; at++) {
      const field = (value as Record<string, unknown>)[names[at] as string]
      if (field === undefined && at >= needed.length) continue
      const found = (checks[at] as Check)(field)
      if (found !== undefined) return `.${names[at]}${found}`
    }
    return undefined
  }
}

export const list = (item: Check): Check => {
  const array = must(Array.isArray, 'a list')
  return value => {
    const problem = array(value)
    if (problem !== undefined) return problem
    for (let at = 0; at < (value as unknown[]).length; at++) {
      const found = item((value as unknown[])[at])
      if (found !== undefined) return `.${at}${found}`
    }
    return undefined
  }
}

export const eachField =
  (check: Check): Check =>
  value => {
    const problem = plain(value)
    if (problem !== undefined) return problem
    for (const [name, field] of Object.entries(value as object)) {
      const found = field === undefined ? undefined : check(field)
      if (found !== undefined) return `.${name}${found}`
    }
    return undefined
  }

/** A value inside a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longest))
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, longest)
}

export const longest = 100
