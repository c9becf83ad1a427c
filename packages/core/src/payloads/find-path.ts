import type { PayloadPath } from '../store/traces/trace-parts.ts'
import type { InTurns } from './in-turns.ts'
import { eachChild, isContainer, isList, type JsonChild, skipSpace } from './json-scanner.ts'

/** A value in JSON: its steps from the root, and where it starts. */
export interface JsonPlace {
  readonly steps: readonly (string | number)[]
  readonly start: number
}

/** A readable path: `$.order.items[2]`. */
export const pathText = (steps: readonly (string | number)[]): string =>
  `$${steps.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`

/** The value at a path; `undefined` if there is none. */
export function* findPath(json: string, path: PayloadPath): InTurns<JsonPlace | undefined> {
  const root = { steps: [], start: skipSpace(json, 0) }
  return typeof path === 'string'
    ? yield* byText(json, root, path.slice(1))
    : yield* bySteps(json, root, path)
}

function* bySteps(
  json: string,
  root: JsonPlace,
  steps: readonly (string | number)[],
): InTurns<JsonPlace | undefined> {
  let at: JsonPlace | undefined = root
  for (const step of steps) {
    if (at === undefined) return undefined
    const from: JsonPlace = at
    const [child]: JsonChild[] = yield* childrenWhere(json, from.start, key => key === step, true)
    at = child && { steps: [...from.steps, step], start: child.start }
  }
  return at
}

/** Resolves the text against the value, because names can contain dots and brackets. */
function* byText(json: string, at: JsonPlace, rest: string): InTurns<JsonPlace | undefined> {
  if (rest === '') return at
  if (!isContainer(json, at.start)) return undefined
  const stepOf = (key: string | number) => (typeof key === 'number' ? `[${key}]` : `.${key}`)
  const isStep = (key: string | number) =>
    rest.startsWith(stepOf(key)) && /^(?:$|[.[])/.test(rest.slice(stepOf(key).length))
  const found = yield* childrenWhere(json, at.start, isStep, isList(json, at.start))
  // Longest first: one name can be a prefix of another.
  for (const { key, start } of found.sort((a, b) => stepOf(b.key).length - stepOf(a.key).length)) {
    const inner = { steps: [...at.steps, key], start }
    const place = yield* byText(json, inner, rest.slice(stepOf(key).length))
    if (place) return place
  }
  return undefined
}

function* childrenWhere(
  json: string,
  at: number,
  isWanted: (key: string | number) => boolean,
  isFirstEnough: boolean,
): InTurns<JsonChild[]> {
  const found: JsonChild[] = []
  if (!isContainer(json, at)) return found
  yield* eachChild(json, at, child => {
    if (!isWanted(child.key)) return true
    found.push(child)
    return !isFirstEnough
  })
  return found
}
