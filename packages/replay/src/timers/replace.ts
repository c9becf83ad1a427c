/**
 * Sets `value` in each of `targets`; the returned function restores the originals, unless other code has replaced them meanwhile.
 */
export function replaceAll<T extends object, K extends keyof T>(
  targets: readonly T[],
  name: K,
  value: T[K],
): (() => void)[] {
  return targets.map(target => {
    const before = Object.getOwnPropertyDescriptor(target, name)
    if (before && !before.configurable) return () => {}
    const { enumerable = true } =
      before ?? Object.getOwnPropertyDescriptor(Object.getPrototypeOf(target), name) ?? {}
    Object.defineProperty(target, name, { value, enumerable, configurable: true, writable: true })
    return () => {
      if (target[name] !== value) return
      if (before) Object.defineProperty(target, name, before)
      else delete (target as Partial<T>)[name]
    }
  })
}
