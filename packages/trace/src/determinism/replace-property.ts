/** Puts `value` there; what it gives puts back what was, unless somebody else has replaced it meanwhile. */
export function replaceProperty<T extends object, K extends keyof T>(
  target: T,
  name: K,
  value: T[K],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  if (before?.configurable === false) return () => {}
  Object.defineProperty(target, name, { configurable: true, writable: true, ...before, value })
  return () => {
    if (target[name] !== value) return
    if (before) Object.defineProperty(target, name, before)
    else delete target[name]
  }
}
