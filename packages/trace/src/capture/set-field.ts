/** Sets an own property, whatever its name: `__proto__` by assignment would change the prototype. */
export function setField(target: object, key: PropertyKey, value: unknown): void {
  if (key !== '__proto__') (target as Record<PropertyKey, unknown>)[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}
