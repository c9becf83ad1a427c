import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldsOf, pathSegment, queryText, textOfSegment } from './parameters.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 5 }).map(units => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '.',
    '..',
    '~',
    '~ab',
    '%',
    '/',
    '\ud800',
    '5',
    'true',
    'null',
    '"a"',
    '[1]',
    '{}',
    '"',
    '[',
    '1e5',
  ),
)

/** As a server reads the address. */
const address = (path: string) => new URL(`http://localhost${path}`)

test('any text survives as a segment of a path', () => {
  fc.assert(
    fc.property(anyText, text => {
      const { pathname } = address(`/runs/${pathSegment(text)}/spans`)
      const [, , segment = '', rest] = pathname.split('/')
      expect([textOfSegment(decodeURIComponent(segment)), rest]).toEqual([text, 'spans'])
    }),
    { numRuns: 2000 },
  )
})

test('any plain data survives as parameters', () => {
  const value = fc.oneof(
    anyText,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), value), fields => {
      const read = fieldsOf(address(`/runs?${queryText(fields)}`).searchParams)
      // JSON knows no negative zero.
      expect(read).toEqual(JSON.parse(JSON.stringify(fields)))
    }),
    { numRuns: 2000 },
  )
})

test('a filter that a person writes needs no quotes', () => {
  const { searchParams } = address(
    '/runs?where=feedback:negative%20"late%20order"&limit=20&since=7d&configKey=support',
  )
  expect(fieldsOf(searchParams)).toEqual({
    where: 'feedback:negative "late order"',
    limit: 20,
    since: '7d',
    configKey: 'support',
  })
})

test('a segment that was changed is refused', () => {
  for (const segment of ['~', '~!', '~e30', '~NQ'])
    expect(() => textOfSegment(segment)).toThrow(/cannot be read/)
})
