import { type ParsedJson, parseJson } from '../recorded/json-payload.ts'

/** The body of a request, if it can be read without consuming it. */
export interface RequestBody {
  /** The application's input, for the tape. */
  readonly value: unknown
  readonly json?: ParsedJson
  /** What could not be interpreted. */
  readonly note?: string
}

export function readBody(body: unknown): RequestBody {
  if (typeof body === 'string') return ofText(body)
  if (body instanceof FormData) return { value: fieldsOfForm(body) }
  return unread(body)
}

function ofText(text: string): RequestBody {
  const json = parseJson(text)
  return json ? { value: json.value, json } : { value: text, note: 'The request is not valid JSON.' }
}

/** The fields of a form. For a file: its name, type and size. */
function fieldsOfForm(form: FormData): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of form) {
    const field =
      typeof value === 'string' ? value : { file: value.name, type: value.type, bytes: value.size }
    const before = fields[name]
    if (before === undefined) fields[name] = field
    else fields[name] = Array.isArray(before) ? [...before, field] : [before, field]
  }
  return fields
}

// Reading it would consume it, or copy something large.
function unread(body: unknown): RequestBody {
  const kind = Object.prototype.toString.call(body).slice(8, -1)
  return { value: { unread: kind }, note: `The request's body is a ${kind}, which is not read.` }
}
