import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { renderTemplate } from './template.ts'

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
  ])('%j with %j is %j', (template, variables, text) => {
    expect(renderTemplate(template, variables)).toBe(text)
  })

  test('is not escaped: a prompt is not HTML', () => {
    const text = `<b> & "quotes" 'single' / \` = {{not a tag}}`
    expect(renderTemplate('{{text}}', { text })).toBe(text)
  })

  test('renders an unknown name as nothing', () => {
    expect(renderTemplate('[{{unknown}}{{a.b.c}}]', { a: {} })).toBe('[]')
  })

  test('sees getters and inherited properties of the values it is given', () => {
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
  ])('sees nothing of what every object has: %s', name => {
    const template = `[{{${name}}}{{#${name}}}inside{{/${name}}}]{{a.b}}`
    expect(renderTemplate(template, { a: { b: 'after' } })).toBe('[]after')
  })

  test('throws when it is broken', () => {
    expect(() => renderTemplate('{{#open}}', {})).toThrow('Unclosed section "open"')
  })
})

test('templates that are built for each request are not all kept', () => {
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
