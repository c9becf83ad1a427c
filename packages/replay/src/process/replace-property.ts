/** Replaces one property, and returns what puts it back as it was, unless it was replaced again since. */
export function replaceProperty<T extends object, K extends keyof T>(
  target: T,
  name: K,
  value: T[K],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true })
  return () => {
    if (target[name] !== value) return
    if (before) Object.defineProperty(target, name, before)
    else delete target[name]
  }
}
