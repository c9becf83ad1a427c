import { afterEach, expect, test } from 'vitest'
import { recordingOf } from '../test/recorded.ts'
import { inputOf, outputOf, tape } from '../test/tape.ts'
import { decodeValue } from './capture/decode.ts'
import { defineSpan } from './definition.ts'
import { startSpan } from './spans/start-span.ts'
import { configureTracing } from './tracing.ts'

afterEach(() => configureTracing(undefined))

const leftOut = { json: '"[redacted]"', redacted: ['$'] }

test('a function can exclude its input, its output or both', async () => {
  const { traced, of } = tape()
  const both = { capture: { input: false, output: false } }
  expect(traced('both', both, (n: number) => n + 1)(1)).toBe(2)
  expect(await traced('in', { capture: { input: false } }, async (n: number) => n + 1)(1)).toBe(2)
  expect(traced('out', { capture: { output: false } }, (n: number) => n + 1)(1)).toBe(2)
  expect(of('both')).toMatchObject({ input: leftOut, output: leftOut, status: 'ok' })
  expect(of('in')).toMatchObject({ input: leftOut, output: { json: '2' } })
  expect(of('out')).toMatchObject({ input: { json: '[1]' }, output: leftOut })
})

test('a stream with an excluded output passes its chunks, and none is recorded', () => {
  const { traced, only } = tape()
  const count = traced('count', { capture: { output: false } }, function* () {
    yield 1
    return 2
  })
  expect([...count()]).toEqual([1])
  expect(only()).toMatchObject({ output: leftOut, resultKind: 'generator', status: 'ok' })
})

test('an error is recorded even if the output is excluded', () => {
  const { traced, only } = tape({ capture: { output: false } })
  const fail = traced('fail', () => {
    throw new RangeError('too far')
  })
  expect(fail).toThrow('too far')
  expect(only().error).toMatchObject({ name: 'RangeError', message: 'too far' })
})

test('a function can override the process-wide options', () => {
  const { traced, of } = tape({ capture: { input: false, output: false } })
  traced('quiet', (n: number) => n)(1)
  traced('open', { capture: { input: true } }, (n: number) => n)(1)
  expect(of('quiet').input).toEqual(leftOut)
  expect(of('open')).toMatchObject({ input: { json: '[1]' }, output: leftOut })
})

test('the redact hook of a function runs before the process-wide one', () => {
  const { traced, only } = tape({ redact: (_path, value) => (value === 'masked' ? 'masked twice' : value) })
  const redact = (path: string, value: unknown) => (path === '$[0].iban' ? 'masked' : value)
  traced('pay', { redact }, (order: { iban: string; to: string }) => order.to)({ iban: 'DE00', to: 'masked' })
  expect(inputOf(only())).toEqual([{ iban: 'masked twice', to: 'masked twice' }])
  expect(outputOf(only())).toBe('masked twice')
  expect(only().input.redacted).toEqual(['$[0].iban', '$[0].to'])
})

test('a redact hook also applies to the message of an error', () => {
  const hide = (_path: string, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('ada@example.com', 'someone') : value
  const { traced, only } = tape({ redact: hide })
  const fail = traced('fail', () => {
    throw new RangeError('no user ada@example.com')
  })
  expect(fail).toThrow('no user ada@example.com')
  expect(JSON.stringify(only())).not.toContain('ada@')
  expect(only().error).toMatchObject({ name: 'RangeError', message: 'no user someone' })
})

test('a redact hook that throws does not affect the application, and the span says so', () => {
  const { traced, only } = tape({
    redact: () => {
      throw new TypeError('broken')
    },
  })
  expect(traced('add', (a: number, b: number) => a + b)(1, 2)).toBe(3)
  expect(only()).toMatchObject({
    input: { ...leftOut, lossy: ['$: its redact hook threw TypeError'] },
    output: { ...leftOut, lossy: ['$: its redact hook threw TypeError'] },
    status: 'ok',
  })
})

test('limits of depth and length are options', () => {
  const { traced, only } = tape({ maxDepth: 2, maxLength: 2 })
  traced('deep', (..._: unknown[]) => 1)({ a: { b: { c: 1 } } }, [1, 2, 3])
  expect(only().input).toEqual({
    json: '[{"a":{"b":null}},[1,2]]',
    lossy: ['$[0].a.b: too deep', '$[1]: 3 items, only the first 2 kept'],
  })
})

test('codecs can be passed to configureTracing', async () => {
  class Id {
    readonly text: string

    constructor(text: string) {
      this.text = text
    }
  }
  const codec = {
    name: 'id',
    class: Id,
    encode: ({ text }: Id) => text,
    decode: (text: string) => new Id(text),
  }
  const { traced, only } = tape({ codecs: [codec] })
  traced('find', (id: Id) => id.text)(new Id('a'))
  expect(only().input.json).toBe('["a"]')
  expect(decodeValue(only().input)).toStrictEqual([new Id('a')])
  expect((await recordingOf((id: Id) => id, [new Id('b')])).output?.json).toBe('"b"')
})

test('a span started by a provider follows the limits of its definition', () => {
  const { spans } = tape()
  configureTracing({
    sink: { append: span => void spans.push(span as never), flush: async () => {}, close: async () => {} },
  })
  const definition = defineSpan('model', { capture: { output: false } })
  const span = startSpan(definition, () => ({ json: '[]' }))
  span?.end({ status: 'ok', resultKind: 'promise', output: span.capture('kept?') })
  expect(spans[0]).toMatchObject({ output: leftOut })
})
