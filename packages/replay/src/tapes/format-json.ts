const width = 100

/** JSON formatted for people: parts that fit are on one line, everything else has a line per part. */
export function formatJson(value: unknown): string {
  return `${format(value, '')}\n`
}

function format(value: unknown, indent: string): string {
  const flat = inline(value, width - indent.length)
  if (flat !== undefined || typeof value !== 'object' || value === null) return flat ?? JSON.stringify(value)
  const deeper = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map(item => format(item, deeper))
    : fieldsOf(value).map(([name, field]) => `${JSON.stringify(name)}: ${format(field, deeper)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.map(part => deeper + part).join(',\n')}\n${indent}${close}`
}

/** The value on one line, if it fits into `room` and has no nested objects. */
function inline(value: unknown, room: number): string | undefined {
  const text = isFlat(value) ? onOneLine(value) : undefined
  return text !== undefined && text.length <= room ? text : undefined
}

function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (!Array.isArray(value)) return Object.values(value).every(isPlain)
  return value.every(item => isPlain(item) || (Array.isArray(item) && item.every(isPlain)))
}

const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Array.isArray(value) && value.length === 0)

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = fieldsOf(value).map(([name, field]) => `${JSON.stringify(name)}: ${onOneLine(field)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

const fieldsOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, field]) => field !== undefined)
