import { replaceProperty } from '@runtape/core/internal'

/** `replaceProperty`, which leaves irreplaceable properties unchanged. */
export function replaceIfAllowed<T extends object, K extends keyof T>(
  target: T,
  name: K,
  value: T[K],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  return before?.configurable === false ? () => {} : replaceProperty(target, name, value)
}
