type Exports = Readonly<Record<string, unknown>>

/** The exports of a module, including those that a loader nested under `default`, once or several times. */
export type Namespaces = readonly [Exports, ...Exports[]]

const deepest = 5

/**
 * Places of a module's exports: `module.exports = { answer }` is imported as `{ default: { answer } }`. Loaders that compile to
 * CommonJS, such as jiti, do the same to `export const`, and once more to `export default`.
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
  /** `this` of the call `a.b()`; `undefined` for a module export. */
  readonly receiver: unknown
}

/**
 * The export with that name; `a.b` is the method `b` of the export `a`. Prefers the first for which `isWanted` is true, otherwise
 * the least nested. For `default` it is the innermost, because the others wrap it.
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

// A loader's wrapper of a module, rather than an object that the module exports.
const isModule = (exports: Exports): boolean =>
  Object.getPrototypeOf(exports) === null || exports.__esModule === true
