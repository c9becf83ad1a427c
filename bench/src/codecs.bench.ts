import { isDeepStrictEqual } from 'node:util'
import { decodeValue, encodeValue } from '@runtape/trace'
import * as devalue from 'devalue'
import * as seroval from 'seroval'
import superjson from 'superjson'
import { type CodecCase, codecCases, hardCases } from './codec-cases.ts'
import { documents, order } from './inputs.ts'
import { measure } from './measure.ts'

interface Codec {
  readonly name: string
  /** As text: our codec writes two columns of a store. */
  encode(value: unknown): readonly (string | undefined)[]
  decode(texts: readonly (string | undefined)[]): unknown
  /** Texts that try to reach a prototype when they are decoded. */
  readonly hostile: readonly string[][]
}

const ours: Codec = {
  name: 'own codec',
  encode: value => {
    const { json, ...marks } = encodeValue(value)
    return [json, Object.keys(marks).length > 0 ? JSON.stringify(marks) : undefined]
  },
  decode: ([json = '', marks]) => decodeValue({ json, ...(marks !== undefined && JSON.parse(marks)) }),
  hostile: [
    ['{"__proto__":{"admin":true}}'],
    ['{}', '{"meta":[[["__proto__","admin"],"date"]]}'],
    ['{}', '{"meta":[[["constructor","prototype","admin"],"date"]]}'],
  ],
}

const others: Codec[] = [
  {
    name: 'devalue',
    encode: value => [devalue.stringify(value)],
    decode: ([text = '']) => devalue.parse(text),
    hostile: [['[{"__proto__":1},{"admin":2},true]'], ['[["Object","x","__proto__",1],{"admin":2},true]']],
  },
  {
    name: 'superjson',
    encode: value => [superjson.stringify(value)],
    decode: ([text = '']) => superjson.parse(text),
    hostile: [
      ['{"json":{"__proto__":{"admin":true}}}'],
      ['{"json":{},"meta":{"values":{"__proto__.admin":["undefined"]}}}'],
      ['{"json":{"a":1},"meta":{"referentialEqualities":{"a":["__proto__.admin"]}}}'],
    ],
  },
  {
    name: 'seroval',
    encode: value => [JSON.stringify(seroval.toJSON(value))],
    decode: ([text = '']) => seroval.fromJSON(JSON.parse(text)),
    hostile: [
      [JSON.stringify(seroval.toJSON({ key: { admin: true } })).replaceAll('"key"', '"__proto__"')],
      [JSON.stringify(seroval.toJSON({ key: 1 })).replaceAll('"key"', '"__proto__"')],
    ],
  },
]
const codecs = [ours, ...others]

function verdict(codec: Codec, { value, isSame }: CodecCase): string {
  const given = value()
  try {
    const back = codec.decode(codec.encode(given))
    if (isSame) return isSame(back as never, given as never) ? 'same' : 'changed'
    return isDeepStrictEqual(back, given) ? 'same' : 'changed'
  } catch {
    return 'throws'
  }
}

function hardVerdict(codec: Codec, { value }: CodecCase): string {
  let texts: readonly (string | undefined)[]
  try {
    texts = codec.encode(value())
  } catch {
    return 'throws'
  }
  if (texts.some(text => text?.includes('lossy'))) return 'kept, and said'
  return texts.join().includes('kept') ? 'silent' : 'lost'
}

function pollution(codec: Codec): string {
  for (const texts of codec.hostile) {
    try {
      const back = codec.decode(texts) as { admin?: unknown }
      if (({} as { admin?: unknown }).admin !== undefined) return 'pollutes Object.prototype'
      if (back?.admin !== undefined) return 'replaces a prototype'
    } catch {
      // Refusing is as good as ignoring.
    } finally {
      delete (Object.prototype as { admin?: unknown }).admin
    }
  }
  return 'safe'
}

const isReadable = (codec: Codec) => {
  const value = { order: { id: 7, tags: ['a'] } }
  return codec.encode(value)[0]?.includes('{"order":{"id":7,"tags":["a"]}}') ? 'plain JSON' : 'its own format'
}

const row = (name: string, cells: readonly string[]) =>
  console.log(`| ${name.padEnd(30)} | ${cells.map(cell => cell.padEnd(24)).join(' | ')} |`)

row(
  '',
  codecs.map(codec => codec.name),
)
row(
  '---',
  codecs.map(() => '---'),
)
for (const one of codecCases)
  row(
    one.kind,
    codecs.map(codec => verdict(codec, one)),
  )
for (const one of hardCases)
  row(
    one.kind,
    codecs.map(codec => hardVerdict(codec, one)),
  )
row('plain values are', codecs.map(isReadable))
row('hostile text', codecs.map(pollution))

const inputs = [
  ['200 B', order],
  ['20 KB', { question: 'Where is my order?', documents: documents(36) }],
  ['1 MB', { question: 'Where is my order?', documents: documents(1900) }],
] as const
console.log('\nTimes what JSON.stringify and JSON.parse take:')
const speeds: [name: string, cells: string[]][] = []
for (const [size, input] of inputs) {
  const encoding: string[] = []
  const decoding: string[] = []
  for (const { name, encode, decode } of codecs) {
    const texts = encode(input)
    const json = JSON.stringify(input)
    const encoded = await measure(
      `${name}: encode ${size}`,
      () => JSON.stringify(input),
      () => encode(input),
    )
    const decoded = await measure(
      `${name}: decode ${size}`,
      () => JSON.parse(json),
      () => decode(texts),
    )
    encoding.push(`${encoded.bestRatio.toFixed(2)}×`)
    decoding.push(`${decoded.bestRatio.toFixed(2)}×`)
  }
  speeds.push([`encode ${size}`, encoding], [`decode ${size}`, decoding])
}
for (const [name, cells] of speeds) row(name, cells)
