/** Puts an own method on the object in place of the inherited one; it is not enumerable. */
export function cover(target: object, name: PropertyKey, method: (...args: never[]) => unknown): void {
  Reflect.defineProperty(target, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: false,
  })
}
