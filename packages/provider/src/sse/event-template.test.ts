import { expect, test } from 'vitest'
import { eventTemplates } from './event-template.ts'

const templateOf = eventTemplates({ content: 'delta', texts: ['id'], numbers: ['index'] })

test('a template has the text around the values, and the index of the piece of the answer', () => {
  expect(templateOf('{"id":"a1","index":0,"delta":"Hel"}')).toEqual({
    literals: ['{"id":"', '","index":', ',"delta":"', '"}'],
    content: 2,
  })
})

test.each([
  ['a field twice', '{"id":"a1","item":{"id":"b2"},"delta":"Hel"}'],
  ['a number twice', '{"index":0,"part":{"index":1},"delta":"Hel"}'],
  ['the piece of the answer twice', '{"delta":"Hel","item":{"delta":"lo"}}'],
  ['no piece of the answer', '{"id":"a1","index":0}'],
  ['letters beyond ASCII around the values', '{"näme":1,"delta":"Hel"}'],
])('an event with %s has no template', (_what, event) => {
  expect(templateOf(event)).toBeUndefined()
})
