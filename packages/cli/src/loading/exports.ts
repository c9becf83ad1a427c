type Exports = Readonly<Record<string, unknown>>

/** The exports of a module, and under them those that a loader put under `default`, once or several times. */
export type Namespaces = readonly [Exports, ...Exports[]]

const deepest = 5

/**
 * Where the exports of a module may be: `module.exports = { answer }` is imported as `{ default: { answer } }`, and
 * loaders that compile to CommonJS, such as jiti, do the same to `export const` and once more to `export default`.
 */
export function namespacesOf(module: Exports): Namespaces {
  const found: [Exports, ...Exports[]] = [module]
  for (let next = module.default; isObject(next) && found.length < deepest; next = next.default) {
    if (found.includes(next)) break
    found.push(next)
  }
  return found
}

const isObject = (value: unknown): value is Exports => typeof value === 'object' && value !== null

export interface Found {
  /** `undefined` when there is none. */
  readonly value: unknown
  /** What `this` is when it is called as `a.b()`; `undefined` for an export of a module. */
  readonly receiver: unknown
}

/**
 * The export of that name, where `a.b` is the method `b` of the export `a`: the one that `isWanted`, or else the one that
 * is nearest to the module. Of what is called `default` it is the innermost, as the others hold it.
 */
export function exportAt(
  namespaces: Namespaces,
  name: string,
  isWanted: (value: unknown) => boolean = () => true,
): Found {
  const found = namespaces
    .map((exports, depth) => valueAt(exports, name.split('.'), depth === 0 || isModule(exports)))
    .filter(({ value }) => value !== undefined)
  if (name === 'default') found.reverse()
  return found.find(({ value }) => isWanted(value)) ?? found[0] ?? { value: undefined, receiver: undefined }
}

function valueAt(exports: Exports, steps: readonly string[], isOfModule: boolean): Found {
  let value: unknown = exports
  let receiver: unknown
  for (const step of steps) {
    receiver = value === exports && isOfModule ? undefined : value
    value = (value as Exports | null | undefined)?.[step]
  }
  return { value, receiver }
}

// What a loader made of a module, rather than an object that the module exports.
const isModule = (exports: Exports): boolean =>
  Object.getPrototypeOf(exports) === null || exports.__esModule === true
