/** Puts a method of its own on the object in place of the one that it has; nobody who lists its properties sees it. */
export function cover(target: object, name: PropertyKey, method: (...args: never[]) => unknown): void {
  Reflect.defineProperty(target, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: false,
  })
}
