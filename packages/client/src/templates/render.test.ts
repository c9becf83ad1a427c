import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { renderTemplate } from './render.ts'

// biome-ignore lint/suspicious/noThenProperty: a query builder is one.
const lazyQuery = { then: () => {} }

describe('a template', () => {
  test.each<[string, object, string]>([
    ['Hello {{name}}', { name: 'Ann' }, 'Hello Ann'],
    ['{{{name}}} {{&name}}', { name: 'Ann' }, 'Ann Ann'],
    ['{{order.lines.0.name}}', { order: { lines: [{ name: 'Tea' }] } }, 'Tea'],
    ['{{#lines}}- {{.}}\n{{/lines}}', { lines: ['a', 'b'] }, '- a\n- b\n'],
    ['{{^lines}}none{{/lines}}', { lines: [] }, 'none'],
    ['{{count}} {{flag}}', { count: 0, flag: false }, '0 false'],
    ['{{! a comment }}x', {}, 'x'],
    ['no tags', {}, 'no tags'],
    ['', {}, ''],
  ])('%j with %j renders as %j', (template, variables, text) => {
    expect(renderTemplate(template, variables)).toBe(text)
  })

  test('is not escaped: a prompt is not HTML', () => {
    const text = `<b> & "quotes" 'single' / \` = {{not a tag}}`
    expect(renderTemplate('{{text}}', { text })).toBe(text)
  })

  test('renders an unknown name as nothing', () => {
    expect(renderTemplate('[{{unknown}}{{a.b.c}}]', { a: {} })).toBe('[]')
  })

  test('reads getters and inherited properties of its values', () => {
    class Ticket {
      get title() {
        return 'Broken cup'
      }
    }
    expect(renderTemplate('{{ticket.title}}', { ticket: new Ticket() })).toBe('Broken cup')
  })

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'a.constructor.name',
    'a.__proto__.b',
  ])('does not read what every object inherits: %s', name => {
    const template = `[{{${name}}}{{#${name}}}inside{{/${name}}}]{{a.b}}`
    expect(renderTemplate(template, { a: { b: 'after' } })).toBe('[]after')
  })

  test.each([
    'Answer as {{"name":"x"}}',
    'Answer as {{ "name": "x", "n": [1] }}.',
    `token: ${'$'}{{ secrets.X }}`,
    String.raw`\frac{{a}}{{b}} and \text{{c}}`,
    '{{> header}} text',
    '{{{"name":"x"}}}',
    '{{ 1 + 2 }}',
    '{{ user | upper }}',
    '{{name()}}',
  ])('keeps text that only looks like a tag, with a warning: %s', template => {
    const problems: string[] = []
    expect(renderTemplate(template, { user: 'Ann' }, problem => problems.push(problem))).toBe(template)
    expect(problems[0]).toContain('kept as text')
  })

  test('fills a name even if another language would be possible', () => {
    expect(renderTemplate(String.raw`${'$'}{{price}} \frac{{a}}{{b}}`, { price: 3, a: 1, b: 2 })).toBe(
      String.raw`$3 \frac12`,
    )
  })

  test('never calls a function or a method, not even as a section', () => {
    const calls: string[] = []
    class User {
      name = 'Ann'
      remove() {
        calls.push('remove')
        return 'removed'
      }
    }
    const variables = {
      user: new User(),
      now: () => void calls.push('now'),
      list: [() => void calls.push('item')],
    }
    const problems: string[] = []
    const template =
      '{{user.name}}[{{user.remove}}{{now}}{{#user.remove}}x{{/user.remove}}{{#user}}{{remove}}{{/user}}{{#list}}{{.}}{{/list}}]'
    expect(renderTemplate(template, variables, problem => problems.push(problem))).toBe('Ann[]')
    expect(calls).toEqual([])
    expect(problems[0]).toBe(
      'the value of {{user.remove}} is omitted: it is a function, and templates do not call functions',
    )
  })

  test.each<[string, unknown, string]>([
    ['an object', { a: 1 }, '{"a":1}'],
    ['a list', ['a', 2], 'a,2'],
    ['a list of objects', [{ a: 1 }, { b: 2 }], '[{"a":1},{"b":2}]'],
    ['a URL', new URL('https://example.com/a'), 'https://example.com/a'],
    ['an object that has a text', { toString: () => 'own text' }, 'own text'],
    ['a text with such words', 'the [object Object] case', 'the [object Object] case'],
  ])('shows %s in a form that a model can read', (_what, value, text) => {
    expect(renderTemplate('{{value}}', { value })).toBe(text)
  })

  test.each<[string, unknown]>([
    ['a promise', Promise.resolve(1)],
    ['a lazy query', lazyQuery],
    ['a Map', new Map([['a', 1]])],
  ])('omits %s, with a warning', (_what, value) => {
    const problems: string[] = []
    expect(renderTemplate('[{{value}}]', { value }, problem => problems.push(problem))).toBe('[]')
    expect(problems).toHaveLength(1)
  })

  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('fills a variable named %s', name => {
    expect(renderTemplate(`{{${name}}}{{a.${name}}}`, { [name]: 'x', a: { [name]: 'y' } })).toBe('xy')
  })

  test('throws if it is broken', () => {
    expect(() => renderTemplate('{{#open}}', {})).toThrow('Unclosed section "open"')
  })
})

test('templates that are built per request are not all cached', () => {
  const before = heapUsed()
  const unique = (made: number) => `${made} {{name}}, {{#a}}{{b}}{{/a}}${'x'.repeat(50)}`
  for (let made = 0; made < 20_000; made++) renderTemplate(unique(made), { name: 'Ann' })
  expect(heapUsed() - before).toBeLessThan(5e6)
})

function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
