// Compiled with `experimentalDecorators`. Prints what a class did whose methods are traced, and what was noted at them.
import { memorySink } from '@runtape/testing'
import { configureTracing, tracedMethod } from '@runtape/trace'
import 'reflect-metadata'

/** Like a framework's route: noted at the function itself. */
const route = (verb: string) => (_: object, __: string, descriptor: PropertyDescriptor) =>
  Reflect.defineMetadata('route', verb, descriptor.value)

class Orders {
  readonly #rate = 2

  @tracedMethod('orders.find', { type: 'tool' })
  @route('GET')
  async find(id: string): Promise<{ id: string; rate: number }> {
    return { id, rate: this.double(this.#rate) }
  }

  @route('GET')
  @tracedMethod('orders.double')
  double(value: number): number {
    return value * 2
  }

  @tracedMethod('orders.twice')
  static twice(value: number): number {
    return new Orders().double(value)
  }
}

const tape = memorySink()
configureTracing({ sink: tape })
const found = await new Orders().find('a')
const doubled = new Orders().double(2)
const functions = [Orders.prototype.find, Orders.prototype.double, Orders.twice]
console.log(
  JSON.stringify({
    found,
    doubled,
    spans: tape.spans.map(({ key, resultKind, status }) => `${key} ${resultKind} ${status}`),
    notes: functions.map(fn => Reflect.getMetadataKeys(fn).map(key => Reflect.getMetadata(key, fn))),
    shape: [
      Orders.prototype.find.name,
      Orders.prototype.find.length,
      Object.getOwnPropertyDescriptor(Orders.prototype, 'find')?.writable,
    ],
  }),
)
