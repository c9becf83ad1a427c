import { createTracer, currentSpan, definitionOf } from '@runtape/trace'

// Compiled by tsc, because neither Node nor the test runner supports decorators.
const spans: {
  key: string
  input: { json: string }
  status: string
  resultKind: string
  parentSpanId?: string
}[] = []
const sink = {
  append: (span: unknown) => spans.push(span as never),
  flush: async () => {},
  close: async () => {},
}
const { tracedMethod } = createTracer({ sink })

class Orders {
  readonly #rate = 2
  static made = 0
  count = 0

  @tracedMethod('orders.find', { type: 'tool', mockOnReplay: true })
  async find<T extends string>(
    id: T,
    deep?: boolean,
  ): Promise<{ id: T; deep: boolean | undefined; rate: number }> {
    this.count++
    return { id, deep, rate: this.#double(this.#rate) }
  }

  parse(text: string): number
  parse(text: string, all: true): number[]
  @tracedMethod('orders.parse')
  parse(text: string, all?: true): number | number[] {
    return all ? text.split(',').map(Number) : Number(text)
  }

  @tracedMethod('orders.double')
  #double(n: number): number {
    currentSpan()?.addTags('private')
    return n * 2
  }

  @tracedMethod('orders.create')
  static create(this: typeof Orders): Orders {
    Orders.made++
    return new this()
  }

  @tracedMethod('orders.words')
  *words(text: string): Generator<string, number> {
    yield* text.split(' ')
    return this.count
  }
}

class Special extends Orders {
  override async find<T extends string>(id: T) {
    return { ...(await super.find(id)), deep: true }
  }
}

const orders = Orders.create()
const found: { id: 'a'; deep: boolean | undefined; rate: number } = await orders.find('a', true)
const number: number = orders.parse('1')
const numbers: number[] = orders.parse('1,2', true)
const special = await new Special().find('b')
const words = [...orders.words('to be')]

console.log(
  JSON.stringify({
    found,
    parsed: [number, numbers],
    special,
    words,
    counts: [orders.count, Orders.made],
    shape: [orders.find.name, orders.find.length, Orders.create.name],
    declared: definitionOf(orders.find),
    spans: spans.map(({ key, resultKind, status }) => `${key} ${resultKind} ${status}`),
  }),
)
