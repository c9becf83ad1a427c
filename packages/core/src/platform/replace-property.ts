/**
 * Replaces one property, and returns what puts it back as it was, unless it was replaced again since. Throws a TypeError
 * where the property cannot be replaced.
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
