import assert from 'node:assert/strict'
import type { Payload } from '@runtape/core'
import { newSpanId } from '@runtape/core/internal'
import type { PayloadQuery, Store } from '@runtape/core/store'
import { span } from '../../records.ts'
import type { StoreContractCase } from '../case.ts'

const json = (value: unknown): Payload => ({ json: JSON.stringify(value) })

/** A store with one span whose input is this payload. */
async function payloadReader(store: Store, input: Payload) {
  const { traceId, spanId, ...rest } = span({ input })
  await store.append([{ ...rest, traceId, spanId }])
  return (query: Omit<PayloadQuery, 'of'> = {}) =>
    store.traces.payload(traceId, spanId, { of: 'input', ...query })
}

export const payloadCases: readonly StoreContractCase[] = [
  {
    title: 'traces.payload: shows a value one level deep, with kinds, sizes and short values',
    check: async ({ store }) => {
      const value = {
        messages: [{ role: 'user', content: 'é'.repeat(300) }],
        n: 1.5,
        yes: true,
        no: null,
        '': 'e',
      }
      const read = await payloadReader(store, json(value))
      assert.deepEqual(await read(), {
        path: [],
        kind: 'object',
        bytes: Buffer.byteLength(JSON.stringify(value)),
        length: 5,
        children: [
          { path: ['messages'], kind: 'array', bytes: Buffer.byteLength(JSON.stringify(value.messages)) },
          { path: ['n'], kind: 'number', bytes: 3, value: 1.5 },
          { path: ['yes'], kind: 'boolean', bytes: 4, value: true },
          { path: ['no'], kind: 'null', bytes: 4, value: null },
          { path: [''], kind: 'string', bytes: 3, value: 'e' },
        ],
      })
      const role = { path: ['messages', 0, 'role'], kind: 'string', bytes: 6, value: 'user' }
      assert.deepEqual(await read({ path: '$.messages[0].role' }), { ...role, text: 'user', length: 4 })
      const page = await read({ path: ['messages', 0, 'content'], offset: 299 })
      assert.deepEqual([page?.text, page?.length, page?.bytes], ['é', 300, 602])
    },
  },
  {
    title: 'traces.payload: pages children and long strings, never inside a character or an escape',
    check: async ({ store }) => {
      const text = 'a"\\\n😀ü\u0001'.repeat(20_000)
      const items = Array.from({ length: 250 }, (_, index) => index)
      const read = await payloadReader(store, json([items, text]))
      const pages = [await read({ path: '$[0]' }), await read({ path: '$[0]', offset: 100, limit: 149 })]
      assert.deepEqual([pages[0]?.children?.length, pages[0]?.nextOffset, pages[0]?.length], [100, 100, 250])
      assert.deepEqual([pages[1]?.children?.at(-1)?.value, pages[1]?.nextOffset], [248, 249])
      assert.deepEqual((await read({ path: '$[0]', offset: 999 }))?.children, [])
      for (const limit of [1, 4, 9999, 70_000]) {
        let [found, offset]: [string, number | undefined] = ['', limit < 9 ? text.length - 16 : 0]
        const from = offset
        while (offset !== undefined) {
          const page = await read({ path: '$[1]', offset, limit })
          assert.ok(page)
          assert.ok(page.text?.isWellFormed())
          found += page.text
          offset = page.nextOffset
        }
        assert.equal(found, text.slice(from))
      }
    },
  },
  {
    title: 'traces.payload: names with dots and brackets are found, by text and by steps',
    check: async ({ store }) => {
      const read = await payloadReader(
        store,
        json({ 'a.b': { c: 1 }, a: { b: 2, 'b[0]': 3 }, 'a"\\ü': [[4]] }),
      )
      const valueAt = async (path: string | (string | number)[]) => (await read({ path }))?.value
      assert.equal(await valueAt('$.a.b.c'), 1)
      assert.equal(await valueAt('$.a.b[0]'), 3)
      assert.equal(await valueAt(['a', 'b']), 2)
      assert.equal(await valueAt('$.a"\\ü[0][0]'), 4)
      for (const path of ['$.x', '$[0]', '$.a.b.c.d', ['a', 0], ['__proto__']])
        assert.equal(await valueAt(path), undefined)
    },
  },
  {
    title: 'traces.payload: a reader sees types, references, and where a value was redacted or lost',
    check: async ({ store }) => {
      const read = await payloadReader(store, {
        ...json({ at: '2026-01-01', key: '[redacted]', list: [{ token: '[redacted]' }, null], same: null }),
        meta: [
          [['at'], 'Date'],
          [['same'], 'ref', ['list']],
        ],
        redacted: ['$.key', '$.list[0].token'],
        lossy: ['$.list[1]: a Socket'],
      })
      const shown = (await read())?.children?.map(({ path, type, typeDetail, redacted, lossy }) => ({
        path,
        type,
        typeDetail,
        redacted,
        lossy,
      }))
      const none = { type: undefined, typeDetail: undefined, redacted: undefined, lossy: undefined }
      assert.deepEqual(shown, [
        { ...none, path: ['at'], type: 'Date' },
        { ...none, path: ['key'], redacted: 'here' },
        { ...none, path: ['list'], redacted: 'inside', lossy: 'inside' },
        { ...none, path: ['same'], type: 'ref', typeDetail: ['list'] },
      ])
      const list = await read({ path: '$.list' })
      assert.deepEqual(
        list?.children?.map(({ redacted, lossy }) => [redacted, lossy]),
        [
          ['inside', undefined],
          [undefined, 'here'],
        ],
      )
      assert.equal((await read({ path: '$.key' }))?.redacted, 'here')
    },
  },
  {
    title:
      'traces.payload: reads outputs, errors and truncated values; unknown spans and absent payloads are undefined',
    check: async ({ store }) => {
      const one = span({
        output: json('o'.repeat(200_000)),
        error: { name: 'E', message: 'm', value: { json: 'null', truncated: 7 } },
      })
      const other = span()
      await store.append([one, other])
      const { traceId, spanId } = one
      const output = await store.traces.payload(traceId, spanId, { of: 'output', offset: 199_990 })
      assert.deepEqual([output?.text, output?.length], ['o'.repeat(10), 200_000])
      assert.equal((await store.traces.payload(traceId, spanId, { of: 'error' }))?.truncated, 7)
      assert.equal(await store.traces.payload(other.traceId, other.spanId, { of: 'error' }), undefined)
      assert.equal(await store.traces.payload(traceId, newSpanId(), { of: 'input' }), undefined)
    },
  },
]
