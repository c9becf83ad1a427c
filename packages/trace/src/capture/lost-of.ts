/** Says what a built-in object has beyond what is kept of its kind: a class of its own, properties of its own. */
export function lostOf(value: object, className: string): { lost?: string } {
  const lost = foreignClass(value, className) ?? ownProperties([...Object.keys(value), ...symbolsOf(value)])
  return lost === undefined ? {} : { lost }
}

/** Says what of an array is not kept when the first so many items are, of which some are holes. */
export function lostOfArray(array: readonly unknown[], kept: number, holes: number): string | undefined {
  const { length } = array
  if (kept < length) return `${length} items, the first ${kept} kept`
  if (Object.getPrototypeOf(array) !== Array.prototype) {
    const lost = foreignClass(array, 'Array')
    if (lost !== undefined) return lost
  }
  const keys = Object.keys(array)
  return keys.length === length - holes ? undefined : ownProperties(keys.slice(length - holes))
}

function foreignClass(value: object, className: string): string | undefined {
  const own = classNameOf(value)
  return own === className ? undefined : `an instance of ${own}, kept as ${className}`
}

function classNameOf(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } }
  return typeof constructor?.name === 'string' ? constructor.name : 'a class without a name'
}

const ownProperties = (names: readonly string[]) =>
  names.length === 0 ? undefined : `properties of its own (${names.slice(0, 5).join(', ')})`

function symbolsOf(value: object): readonly string[] {
  const symbols = Object.getOwnPropertySymbols(value)
  return symbols.length === 0 ? none : symbols.map(String)
}

const none: readonly string[] = []
