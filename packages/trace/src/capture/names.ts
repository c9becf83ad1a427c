/** The name of a function or class, whatever it does with its `name`. */
export function nameOf(fn: unknown): string {
  try {
    const { name } = fn as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name : '(anonymous)'
  } catch {
    return '(anonymous)'
  }
}

// `Object.prototype` of another realm: of a vm context, or a test runner's.
export const isPlainElsewhere = (prototype: object): boolean =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')

/** Whether a loop over an object with this prototype sees names that are not the object's own. */
export function hasNames(prototype: object): boolean {
  for (const _name in prototype) return true
  return false
}
