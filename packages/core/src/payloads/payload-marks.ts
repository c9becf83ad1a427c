import type { Payload } from '../records/records.ts'
import type { ValueMarks } from '../store/traces/trace-parts.ts'
import { pathText } from './find-path.ts'

/** The marks of one value of a payload and of the values under it, by path. */
export class PayloadMarks {
  readonly #types: ReadonlyMap<string, { readonly type: string; readonly typeDetail?: unknown }>
  readonly #redacted: readonly string[]
  readonly #lossy: readonly string[]

  constructor({ meta = [], redacted = [], lossy = [] }: Payload, under: readonly (string | number)[]) {
    const root = pathText(under)
    const isUnder = (path: string) => path.startsWith(root)
    const isNear = (path: readonly unknown[]) => path.length <= under.length + 1
    this.#types = new Map(
      meta
        .filter(([path]) => isNear(path))
        .map(([path, type, detail]) => [
          JSON.stringify(path),
          { type, ...(detail !== undefined && { typeDetail: detail }) },
        ]),
    )
    this.#redacted = redacted.filter(isUnder)
    this.#lossy = lossy.filter(isUnder)
  }

  of(path: readonly (string | number)[]): ValueMarks {
    const text = pathText(path)
    const [redacted, lossy] = [nearest(this.#redacted, text), nearest(this.#lossy, text)]
    return {
      ...this.#types.get(JSON.stringify(path)),
      ...(redacted && { redacted }),
      ...(lossy && { lossy }),
    }
  }
}

function nearest(marks: readonly string[], text: string): 'here' | 'inside' | undefined {
  let found: 'inside' | undefined
  for (const mark of marks) {
    if (!mark.startsWith(text)) continue
    // A reason can follow: `$.socket: a Socket`.
    const rest = mark.slice(text.length)
    if (rest === '' || rest.startsWith(': ')) return 'here'
    if (rest.startsWith('.') || rest.startsWith('[')) found = 'inside'
  }
  return found
}
