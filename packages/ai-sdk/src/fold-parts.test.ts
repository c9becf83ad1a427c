import { expect, test } from 'vitest'
import { PartFold } from './fold-parts.ts'

const foldOf = (...parts: readonly { readonly type: string; readonly [field: string]: unknown }[]) => {
  const fold = new PartFold()
  const pieces = parts.filter(part => fold.add(part)).map(({ type }) => type)
  return { fold, pieces }
}

test('texts, thoughts and tool inputs are aggregated by id, in the order of their starts', () => {
  const { fold } = foldOf(
    { type: 'reasoning-delta', id: 'r', delta: 'A clock ' },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: 'Half ' },
    { type: 'reasoning-delta', id: 'r', delta: 'says so.' },
    { type: 'text-delta', id: '1', delta: 'Or not.' },
    { type: 'text-delta', id: '0', delta: 'past.' },
    { type: 'tool-input-delta', id: 'c', delta: '{"city"' },
  )
  expect(fold.content()).toEqual([
    { type: 'reasoning', text: 'A clock says so.' },
    { type: 'text', text: 'Half past.' },
    { type: 'text', text: 'Or not.' },
    { type: 'tool-input', text: '{"city"' },
  ])
})

test('a tool call replaces its input, and no other part is lost', () => {
  const file = { type: 'file', mediaType: 'text/plain', data: 'YQ==' }
  const calls = ['c1', 'c2'].map(toolCallId => ({
    type: 'tool-call',
    toolCallId,
    toolName: 'weather',
    input: '{}',
  }))
  const { fold } = foldOf(
    { type: 'tool-input-delta', id: 'c1', delta: '{}' },
    file,
    ...calls.slice(0, 1),
    { type: 'tool-input-delta', id: 'c2', delta: '{}' },
    ...calls.slice(1),
  )
  expect(fold.content()).toEqual([file, ...calls])
})

test('a long text is whole', () => {
  const deltas = Array.from({ length: 200 }, (_, at) => `${at} `)
  const { fold } = foldOf(...deltas.map(delta => ({ type: 'text-delta', id: '0', delta })))
  expect(fold.content()).toEqual([{ type: 'text', text: deltas.join('') }])
})

test('the first chunk of an answer is the first non-empty one', () => {
  const { pieces } = foldOf(
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', modelId: 'm' },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: '' },
    { type: 'text-delta', id: '0' },
    { type: 'raw', rawValue: {} },
    { type: 'ping' },
    { type: 'text-delta', id: '0', delta: 'a' },
    { type: 'text-end', id: '0' },
    { type: 'source', id: 's' },
    { type: 'finish', usage: {} },
  )
  expect(pieces).toEqual(['text-delta', 'source'])
})
