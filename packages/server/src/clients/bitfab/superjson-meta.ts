import { RuntapeError } from '@runtape/core'
import { isObject } from '../is-object.ts'

/** How superjson says that the value at a path is of another type than its JSON. */
export type Annotation = string | readonly unknown[]

/** The annotations of a value and of what is in it. */
export interface Annotated {
  annotation?: Annotation
  /** For a repeated reference: the path of the first one. */
  first?: readonly string[]
  readonly inside: Map<string, Annotated>
}

const node = (): Annotated => ({ inside: new Map() })

/**
 * The `meta` of superjson as a tree of paths.
 *
 * @throws {RuntapeError} if it is none
 */
export function readMeta(meta: unknown): Annotated {
  const root = node()
  if (meta === undefined || meta === null) return root
  if (!isObject(meta)) throw new RuntapeError('invalid-record', 'it is no object')
  const isLegacy = !(typeof meta.v === 'number' && meta.v >= 1)
  const read = (path: string) => stepsOf(path, isLegacy)
  addValues(root, meta.values, read)
  addEqual(root, meta.referentialEqualities, read)
  return root
}

type ReadPath = (path: string) => string[]

/** A tree is `[annotation]`, `[annotation, inside]` or only `inside`. */
function addValues(root: Annotated, tree: unknown, read: ReadPath): void {
  const open: [Annotated, unknown][] = tree === undefined ? [] : [[root, tree]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [at, part] = next
    if (Array.isArray(part)) at.annotation = annotationOf(part[0])
    const inside: unknown = Array.isArray(part) ? part[1] : part
    if (inside === undefined) continue
    if (!isObject(inside)) throw new RuntapeError('invalid-record', 'its values are no tree')
    for (const [path, below] of Object.entries(inside)) open.push([placeAt(at, read(path)), below])
  }
}

function annotationOf(value: unknown): Annotation {
  if (typeof value === 'string' || (Array.isArray(value) && typeof value[0] === 'string')) return value
  throw new RuntapeError('invalid-record', 'it has a type without a name')
}

/** `{ first: [others] }`, or a list of that and of the paths that are the root itself. */
function addEqual(root: Annotated, equal: unknown, read: ReadPath): void {
  if (equal === undefined) return
  const [ofRoot, others] = Array.isArray(equal) ? (equal as unknown[]) : [[], equal]
  addFirst(root, [], ofRoot, read)
  for (const [first, paths] of Object.entries(isObject(others) ? others : {}))
    addFirst(root, read(first), paths, read)
}

function addFirst(root: Annotated, first: readonly string[], paths: unknown, read: ReadPath): void {
  if (!Array.isArray(paths))
    throw new RuntapeError('invalid-record', 'its referentialEqualities are no lists')
  for (const path of paths) placeAt(root, read(String(path))).first = first
}

function placeAt(from: Annotated, steps: readonly string[]): Annotated {
  let at = from
  for (const step of steps) {
    const next = at.inside.get(step) ?? node()
    at.inside.set(step, next)
    at = next
  }
  return at
}

/** The steps of a path: `.` separates them, and `\` comes before one that does not, and since version 1 before itself. */
function stepsOf(path: string, isLegacy: boolean): string[] {
  const pattern = isLegacy ? /\\\.|\./g : /\\[\\.]|\./g
  const steps = ['']
  let from = 0
  const add = (text: string) => steps.push(`${steps.pop() ?? ''}${text}`)
  for (const { 0: found, index } of path.matchAll(pattern)) {
    add(path.slice(from, index))
    if (found === '.') steps.push('')
    else add(found.slice(1))
    from = index + found.length
  }
  add(path.slice(from))
  return steps
}
