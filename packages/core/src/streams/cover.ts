/** Overrides an inherited method with a non-enumerable own one. */
export function cover(target: object, name: PropertyKey, method: (...args: never[]) => unknown): void {
  Reflect.defineProperty(target, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: false,
  })
}
