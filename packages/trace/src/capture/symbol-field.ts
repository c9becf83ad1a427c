/** The name under which a property with a `Symbol.for` key is captured. */
export const fieldOfSymbol = (name: string): string => `Symbol.for(${name})`

export const symbolOfField = (field: string): symbol => Symbol.for(field.slice('Symbol.for('.length, -1))
