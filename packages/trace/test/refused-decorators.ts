import { tracedMethod } from '@runtape/trace'

// What the decorator refuses, at compile time by the marks below, and at run time by an error.
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
      // @ts-expect-error a getter is no method
      @tracedMethod('order.total')
      get total(): number {
        return 1
      }
    },
)
declare(
  () =>
    class {
      // @ts-expect-error a setter is no method
      @tracedMethod('order.note')
      set note(_value: string) {}
    },
)
declare(
  () =>
    class {
      // @ts-expect-error a field is no method, whatever it holds
      @tracedMethod('order.pay')
      pay = () => 1
    },
)
declare(
  () =>
    class {
      // @ts-expect-error an accessor is no method
      @tracedMethod('order.state')
      accessor state = 'new'
    },
)
declare(() => {
  // @ts-expect-error a class is no method
  @tracedMethod('order')
  class Order {}
  return Order
})
// @ts-expect-error as `experimentalDecorators` would call it
declare(() => tracedMethod('order.find')({}, 'find', {}))

console.log(JSON.stringify(refused))
