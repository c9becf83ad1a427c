import { tracedMethod } from '@runtape/trace'

// Invalid uses of the decorator: compile-time errors, as expected below, and run-time errors.
const refused: string[] = []

function declare(what: () => unknown): void {
  try {
    what()
  } catch (error) {
    refused.push((error as Error).message)
  }
}

declare(
  () =>
    class {
      // @ts-expect-error a getter is not a method
      @tracedMethod('order.total')
      get total(): number {
        return 1
      }
    },
)
declare(
  () =>
    class {
      // @ts-expect-error a setter is not a method
      @tracedMethod('order.note')
      set note(_value: string) {}
    },
)
declare(
  () =>
    class {
      // @ts-expect-error a field is not a method, even if it holds a function
      @tracedMethod('order.pay')
      pay = () => 1
    },
)
declare(
  () =>
    class {
      // @ts-expect-error an accessor is not a method
      @tracedMethod('order.state')
      accessor state = 'new'
    },
)
declare(() => {
  // @ts-expect-error a class is not a method
  @tracedMethod('order')
  class Order {}
  return Order
})
// As `experimentalDecorators` calls it for an accessor, a field, a parameter and a class.
// @ts-expect-error an accessor is not a method
declare(() => tracedMethod('order.state')({}, 'state', { get: () => 'new' }))
// @ts-expect-error a field is not a method
declare(() => tracedMethod('order.pay')({}, 'pay', undefined))
// @ts-expect-error a parameter is not a method
declare(() => tracedMethod('order.find')({}, 'find', 0))
// @ts-expect-error a class is not a method
declare(() => tracedMethod('order')(class {}))

console.log(JSON.stringify(refused))
