import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pack, unpack } from './packed.ts'

test('whatever JSON can hold comes back, and Postgres takes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.nat(3000), (value, text, length) => {
      const given = JSON.parse(JSON.stringify({ value, text, long: 'ab\u0000\ud800'.repeat(length) }))
      const packed = pack(given)
      expect(unpack(packed)).toEqual(given)
      // Escapes that jsonb refuses are themselves escaped.
      expect(JSON.stringify({ packed })).not.toMatch(/(^|[^\\])(\\\\)*\\u(0000|d[89ab])/)
    }),
  )
})
