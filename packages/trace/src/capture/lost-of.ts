/** Says what a built-in object has beyond what is kept of its kind: a class of its own, properties of its own. */
export function lostOf(value: object, className: string): { lost?: string } {
  const own = classNameOf(value)
  if (own !== className) return { lost: `an instance of ${own}, kept as ${className}` }
  const [property] = Object.keys(value)
  return property === undefined ? {} : { lost: `properties of its own (${property})` }
}

function classNameOf(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } }
  return typeof constructor?.name === 'string' ? constructor.name : 'a class without a name'
}
