/**
 * Replaces a property and returns an undo function, which does nothing if the property was replaced again. Throws a TypeError if
 * the property cannot be replaced.
 */
export function replaceProperty<T extends object, K extends keyof T>(
  target: T,
  name: K,
  value: T[K],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  const { enumerable = true } = before ?? {}
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable })
  return () => {
    if (target[name] !== value) return
    if (before) Object.defineProperty(target, name, before)
    else delete target[name]
  }
}
