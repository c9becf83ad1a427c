/** Where a container is: a step from its parent. */
export interface Place {
  readonly parent: Place | undefined
  readonly key: string | number
  readonly depth: number
}

export type Path = (string | number)[]

/** The steps from the root to the value under `key` of `parent`; without a parent it is the root. */
export function pathTo(parent: Place | undefined, key: string | number): Path {
  if (!parent) return []
  const path: Path = [key]
  for (let at = parent; at.parent; at = at.parent) path.push(at.key)
  return path.reverse()
}

/** A path as a person writes it: `$.order.items[2]`. */
export function showPath(path: readonly (string | number)[]): string {
  return `$${path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
}
