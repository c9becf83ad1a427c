import { runtimeResponse } from './runtime-response.ts'

/** Gives responses of the runtime properties of their own in common: to define them on each costs several times as much. */
export function lazyPrototype(properties: PropertyDescriptorMap): (response: Response) => Response {
  let face: object | undefined
  return response => {
    face ??= Object.create(runtimeResponse().prototype, properties) as object
    return Object.setPrototypeOf(response, face) as Response
  }
}

/** A method that the application may put another in place of, as it may with one of the runtime. */
export const method = (value: (this: Response) => unknown): PropertyDescriptor => ({
  value,
  writable: true,
  configurable: true,
})

export const getter = (get: (this: Response) => unknown): PropertyDescriptor => ({ get, configurable: true })

/** The body that the runtime itself gives the response. */
export const bodyOf = (response: Response): Response['body'] =>
  Reflect.get(runtimeResponse().prototype, 'body', response)

/** Whether it is a response of the runtime itself and nothing else. */
export const canBeOverheard = (response: Response): boolean =>
  Object.getPrototypeOf(response) === runtimeResponse().prototype &&
  !response.bodyUsed &&
  response.body !== null

type Reading = 'text' | 'json' | 'arrayBuffer' | 'blob' | 'bytes' | 'formData'
/** The response that answers in place of another, if there is one: its body is observed. */
type TwinOf = (response: Response) => Response | undefined

/** Properties of a response that has its twin read its body. */
export function viaTwin(names: readonly Reading[], twinOf: TwinOf): PropertyDescriptorMap {
  const methods = names.map(name => [name, method(readBy(name, twinOf))] as const)
  return { ...Object.fromEntries(methods), clone: method(cloneBy(twinOf)) }
}

const readBy = (name: Reading, twinOf: TwinOf) =>
  function (this: Response): unknown {
    const read: () => unknown = runtimeResponse().prototype[name]
    return read.call(twinOf(this) ?? this)
  }

const cloneBy = (twinOf: TwinOf) =>
  function (this: Response): Response {
    const twin = twinOf(this)
    return twin ? twin.clone() : runtimeResponse().prototype.clone.call(this)
  }

/** Whether the body was used: of the twin, where there is one. */
export const usedBy = (twinOf: TwinOf): PropertyDescriptor =>
  getter(function () {
    return Reflect.get(runtimeResponse().prototype, 'bodyUsed', twinOf(this) ?? this)
  })
